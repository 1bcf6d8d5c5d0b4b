"""kube-inject and check-inject with the settings of a cluster, or with its own injector."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from meshctl.charts.installation import resolve
from meshctl.charts.manifests import manifests
from tests.cli.run import Done, meshctl
from tests.cluster.istiod import MARK
from tests.cluster.kubectl import kubectl
from tests.cluster.rig import Cluster
from tests.kube.fake_api import Answer, Request, refusal, serving, write_kubeconfig

APP = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: registry.example/web}]}
"""


@pytest.fixture
def app(tmp_path: Path) -> str:
    path = tmp_path / "app.yaml"
    path.write_text(APP)
    return str(path)


def inject(running: Cluster, *arguments: str, user: str = "admin") -> Done:
    return meshctl("kube-inject", "-c", str(running.kubeconfig(user)), *arguments)


def pod(done: Done) -> dict[str, Any]:
    assert done.code == 0, done.err
    found: dict[str, Any] = yaml.safe_load(done.out)["spec"]["template"]
    return found


def test_settings_come_from_the_config_maps(meshed: Cluster, app: str) -> None:
    found = pod(inject(meshed, "-f", app, "--use-kube"))
    status = json.loads(found["metadata"]["annotations"]["sidecar.istio.io/status"])
    assert status["revision"] == "default"
    # Its nodes run Kubernetes 1.36, on which the control plane makes native sidecars.
    assert [container["name"] for container in found["spec"]["initContainers"]] == ["istio-init", "istio-proxy"]


def test_revision_has_its_own_settings(meshed: Cluster, app: str) -> None:
    found = pod(inject(meshed, "-f", app, "--use-kube", "-r", "canary", "--no-native-sidecars"))
    proxy = next(item for item in found["spec"]["containers"] if item["name"] == "istio-proxy")
    variables = {variable["name"]: variable.get("value", "") for variable in proxy["env"]}
    assert "istiod-canary.istio-system.svc:15012" in variables["PROXY_CONFIG"] + variables.get("CA_ADDR", "")


def test_the_injector_itself_is_asked(meshed: Cluster, app: str) -> None:
    done = inject(meshed, "-f", app, "--use-kube", "--webhook")
    assert pod(done)["metadata"]["annotations"][MARK].startswith("/inject")
    assert "Deployment shop/web: injected" in done.err


@pytest.mark.parametrize(
    ("response", "code", "said"),
    [
        ({"allowed": False, "status": {"message": "no proxies today"}}, 65, "refuses this pod: no proxies today"),
        ({"allowed": True, "warnings": ["an old label"]}, 0, "warning: an old label"),
        ({"allowed": True}, 0, "Deployment shop/web: skipped"),
    ],
    ids=["refused", "warned", "left alone"],
)
def test_answers_of_the_injector_are_told(
    response: dict[str, Any], code: int, said: str, meshed: Cluster, app: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weak point 11: what the review says is not thrown away, and no answer is made up of a refusal."""
    monkeypatch.setattr(meshed.istiod, "_review", lambda path, review: {**review, "response": response})
    done = inject(meshed, "-f", app, "--use-kube", "--webhook")
    assert done.code == code
    assert said in done.err
    assert done.out == ("" if code else APP)


def test_webhook_can_be_named(meshed: Cluster, app: str) -> None:
    done = inject(meshed, "-f", app, "--use-kube", "--webhook", "--webhookConfig", "nosuch")
    assert (done.code, done.out) == (65, "")
    assert "no MutatingWebhookConfiguration nosuch" in done.err


def test_no_cluster_is_asked_for_what_files_give(app: str, tmp_path: Path) -> None:
    nowhere = write_kubeconfig(tmp_path / "config", "http://127.0.0.1:1")
    done = meshctl("kube-inject", "-c", str(nowhere), "-f", app, "--revision", "canary")
    assert done.code == 0, done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-i", "nosuch"), "ConfigMap nosuch/istio-sidecar-injector does not exist"),
        (("-r", "gone"), "ConfigMap istio-system/istio-sidecar-injector-gone does not exist"),
        (("-r", "gone", "--webhook"), "no webhook of revision gone"),
    ],
)
def test_missing_settings_leave_the_output_empty(
    arguments: tuple[str, ...], said: str, meshed: Cluster, app: str
) -> None:
    done = inject(meshed, "-f", app, "--use-kube", *arguments)
    assert (done.code, done.out) == (65, "")
    assert said in done.err
    assert done.err.count("\n") == 1


def test_missing_permission_is_said(meshed: Cluster, app: str) -> None:
    done = inject(meshed, "-f", app, "--use-kube", user="restricted")
    assert (done.code, done.out) == (65, "")
    assert "forbidden" in done.err


def test_live_workloads_are_judged_by_the_webhooks_of_the_cluster(meshed: Cluster, tmp_path: Path) -> None:
    admin = meshed.kubeconfig()
    kubectl(admin, "create", "namespace", "judged")
    kubectl(admin, "label", "namespace", "judged", "istio.io/rev=canary")
    try:
        manifest = APP.replace("namespace: shop", "namespace: judged")
        kubectl(admin, "apply", "-f", "-", stdin=manifest)
        done = meshctl("x", "check-inject", "deploy/web.judged", "-o", "json", "-c", str(admin))
        assert done.code == 0, done.err
        rows = {row["webhook"]: row for row in json.loads(done.out)}
        assert rows["istio-sidecar-injector-canary"]["injected"] is True
        assert rows["istio-sidecar-injector"]["injected"] is False
    finally:
        kubectl(admin, "delete", "namespace", "judged", "--wait=false")


def _config_maps(request: Request) -> Answer:
    """ConfigMaps of an installation, and an injector outside of the cluster."""
    name = request.path.rpartition("/")[2]
    for item in manifests(resolve(sets=["profile=minimal"])).objects:
        if item.kind == "ConfigMap" and item.name == name:
            return Answer(dict(item.data))
    if name == "mutatingwebhookconfigurations":
        bundle = base64.b64encode(b"no certificate").decode()
        entry = {
            "name": "rev.namespace.sidecar-injector.istio.io",
            "clientConfig": {"url": "https://injector.example/inject", "caBundle": bundle},
        }
        return Answer({"metadata": {}, "items": [{"metadata": {"name": "remote"}, "webhooks": [entry]}]})
    if name == "nodes":
        nodes = [{"metadata": {"name": f"n{minor}"}, "status": {"nodeInfo": {"kubeletVersion": f"v1.{minor}.1"}}}
                 for minor in (31, 36)]  # fmt: skip
        return Answer({"metadata": {}, "items": nodes})
    return refusal(404, "NotFound", f"{name} not found")


def test_one_old_node_keeps_the_proxy_an_ordinary_container(app: str, tmp_path: Path) -> None:
    with serving(_config_maps) as api:
        kubeconfig = write_kubeconfig(tmp_path / "config", api.url)
        found = pod(meshctl("kube-inject", "-c", str(kubeconfig), "-f", app, "--use-kube"))
    assert "istio-proxy" in [container["name"] for container in found["spec"]["containers"]]


def test_injector_outside_of_the_cluster_is_not_reached(app: str, tmp_path: Path) -> None:
    with serving(_config_maps) as api:
        kubeconfig = write_kubeconfig(tmp_path / "config", api.url)
        done = meshctl("kube-inject", "-c", str(kubeconfig), "-f", app, "--use-kube", "--webhook")
    assert (done.code, done.out) == (65, "")
    assert "injector.example, outside of the cluster" in done.err


def test_one_deadline_for_a_cluster_that_is_silent(app: str, tmp_path: Path) -> None:
    def slow(_: Request) -> Answer:
        time.sleep(2)
        return Answer({})

    with serving(slow) as api:
        kubeconfig = write_kubeconfig(tmp_path / "config", api.url)
        started = time.monotonic()
        done = meshctl("kube-inject", "-c", str(kubeconfig), "-f", app, "--use-kube", "--timeout", "300ms")
        assert time.monotonic() - started < 5
    assert done.code == 65
    assert done.out == ""
    assert done.err.count("\n") == 1
