"""kube-inject and check-inject with the settings of a cluster, or with its own injector."""

from __future__ import annotations

import base64
import json
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from meshctl.charts.installation import resolve
from meshctl.charts.manifests import manifests
from tests.cli.run import Done, meshctl
from tests.cluster.certificates import Authority
from tests.cluster.istiod import MARK, mark
from tests.cluster.kubectl import kubectl
from tests.cluster.rig import Cluster
from tests.kube.fake_api import DISCOVERY, Answer, FakeApi, Request, refusal, serving, write_kubeconfig

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


def test_patches_of_an_injector_are_applied_as_the_api_server_does(
    meshed: Cluster, app: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def operations(pod: dict[str, Any], _: str) -> list[dict[str, Any]]:
        assert pod["spec"]["containers"][0]["resources"] == {}
        return [
            {"op": "add", "path": "/spec/containers/0", "value": {"name": "istio-proxy", "resources": {}}},
            {"op": "add", "path": "/spec/containers/1/resources/limits", "value": {"cpu": "1"}},
            {"op": "add", "path": "/spec/containers/-", "value": {"name": "last"}},
            {"op": "copy", "from": "/spec/containers/2/name", "path": "/spec/hostname"},
            {"op": "move", "from": "/spec/containers/0", "path": "/spec/containers/1"},
            {"op": "remove", "path": "/spec/containers/2"},
            {"op": "test", "path": "/metadata/labels/app", "value": "web"},
        ]

    monkeypatch.setattr(meshed.istiod, "inject", operations)
    found = pod(inject(meshed, "-f", app, "--use-kube", "--webhook"))
    assert found["spec"] == {
        "containers": [
            {"name": "app", "image": "registry.example/web", "resources": {"limits": {"cpu": "1"}}},
            {"name": "istio-proxy"},
        ],
        "hostname": "last",
    }
    assert "status" not in found
    monkeypatch.setattr(meshed.istiod, "inject", lambda *_: [{"op": "remove", "path": "/spec/containers/7"}])
    done = inject(meshed, "-f", app, "--use-kube", "--webhook")
    assert (done.code, done.out) == (65, "")
    assert "patch does not fit this pod: a list has no place '7'" in done.err


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


@pytest.mark.parametrize(("template", "native"), [("sidecar", "true"), ("gateway", "false"), ("grpc-agent", "false")])
def test_what_a_cluster_adds_to_an_injected_pod_does_not_hide_the_sidecar(
    template: str, native: str, meshed: Cluster
) -> None:
    admin = meshed.kubeconfig()

    def of_cluster(text: str) -> dict[str, Any]:
        found = json.loads(kubectl(admin, "create", "--dry-run=server", "-o", "json", "-f", "-", stdin=text))
        assert "kube-api-access-" in json.dumps(found["spec"]["volumes"])
        for volume in found["spec"]["volumes"]:
            if volume["name"].startswith("kube-api-access-"):
                found = json.loads(json.dumps(found).replace(volume["name"], "token"))
        return {"spec": found["spec"], **{key: found["metadata"].get(key) for key in ("labels", "annotations")}}

    notes = {"inject.istio.io/templates": template, "prometheus.io/port": "80",
             "sidecar.istio.io/nativeSidecar": native}  # fmt: skip
    app = {"name": "app", "image": "i", "ports": [{"containerPort": 80, "name": "http"}],
           "readinessProbe": {"httpGet": {"port": "http"}}, "livenessProbe": {"grpc": {"port": 9}},
           "startupProbe": {"tcpSocket": {"port": 81}}, "volumeMounts": [{"name": "v", "mountPath": "/v"}],
           "lifecycle": {"preStop": {"httpGet": {"port": "http", "path": "/"}}}}  # fmt: skip
    proxy = {"name": "istio-proxy", "image": "auto", "env": [{"name": "A", "value": "b"}]}
    metadata = {"name": "p", "namespace": "default", "labels": {"app": "a"}, "annotations": notes}
    spec = {"containers": [app, proxy], "volumes": [{"name": "v"}]}
    plain = json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    injected = meshctl("kube-inject", "-f", "-", "--format", "json", stdin=plain).out
    live = kubectl(admin, "create", "--dry-run=server", "-o", "json", "-f", "-", stdin=injected)
    removed = meshctl("kube-inject", "--remove", "-f", "-", "--format", "json", stdin=live)
    assert of_cluster(removed.out) == of_cluster(plain)


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


def test_revisions_without_a_default_one_are_judged_by_their_own_settings(tmp_path: Path) -> None:
    """Where the settings cannot be read, the webhooks say enough to go on with."""
    selector = {"matchExpressions": [{"key": "istio.io/rev", "operator": "In", "values": ["canary"]}]}
    entry = {"name": "rev.namespace.sidecar-injector.istio.io", "namespaceSelector": selector, "objectSelector": {}}
    webhook = {"metadata": {"name": "canary", "labels": {"istio.io/rev": "canary"}}, "webhooks": [entry]}
    lists: dict[str, list[dict[str, Any]]] = {
        "mutatingwebhookconfigurations": [webhook],
        "namespaces": [{"metadata": {"name": "shop", "labels": {"istio.io/rev": "canary"}}}],
    }
    maps = {"istio-sidecar-injector-canary": {"config": "policy: disabled\ntemplates: {sidecar: '{}'}"}}

    def answers(request: Request) -> Answer:
        name = request.path.rpartition("/")[2]
        if name in maps:
            return Answer({"metadata": {"name": name}, "data": maps[name]})
        if "/configmaps/" in request.path:
            return refusal(404, "NotFound", f"no {name}")
        return Answer({"metadata": {}, "items": lists.get(name, [])})

    served = {"resource": "mutatingwebhookconfigurations", "scope": "Cluster",
              "responseKind": {"kind": "MutatingWebhookConfiguration"}, "singularResource": "x"}  # fmt: skip
    group = {
        "metadata": {"name": "admissionregistration.k8s.io"},
        "versions": [{"version": "v1", "resources": [served]}],
    }
    discovery = {**DISCOVERY, "/apis": {"kind": "APIGroupDiscoveryList", "items": [group]}}

    def ask(kubeconfig: Path) -> tuple[dict[str, Any], Done]:
        done = meshctl("x", "check-inject", "-n", "shop", "-l", "app=web", "-o", "json", "-c", str(kubeconfig))
        (row,) = json.loads(done.out)
        return row, done

    with serving(answers, discovery) as api:
        kubeconfig = write_kubeconfig(tmp_path / "config", api.url)
        row, done = ask(kubeconfig)
        assert (row["injected"], row["rule"], done.err) == (False, "policy", "")
        maps.clear()
        row, done = ask(kubeconfig)
        assert (row["injected"], done.code) == (True, 0)
        assert "warning: ConfigMap istio-system/istio-sidecar-injector-canary does not exist" in done.err
        lists.clear()
        row, done = ask(kubeconfig)
        assert (row["injected"], row["reason"]) == (False, "the cluster has no webhook of an injector")


def _config_maps(request: Request) -> Answer:
    """ConfigMaps of an installation, and its nodes."""
    name = request.path.rpartition("/")[2]
    for item in manifests(resolve(sets=["profile=minimal"])).objects:
        if item.kind == "ConfigMap" and item.name == name:
            return Answer(dict(item.data))
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


@contextmanager
def outside(*names: str) -> Iterator[tuple[FakeApi, str]]:
    """An injector outside of any cluster, with a certificate for these names, and the bundle that vouches for it."""
    authority = Authority("an injector")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue(*names).load(context)

    def answers(request: Request) -> Answer:
        patch = json.dumps(mark(request.body["request"]["object"], request.path)).encode()
        response = {"allowed": True, "patch": base64.b64encode(patch).decode()}
        return Answer({"response": response}, 200 if request.path.startswith("/inject") else 404)

    with serving(answers) as injector:
        injector.server.socket = context.wrap_socket(injector.server.socket, server_side=True)
        yield injector, base64.b64encode(authority.certificate.encode()).decode()


def ask_outside(tmp_path: Path, app: str, client: dict[str, Any], *arguments: str) -> Done:
    """kube-inject with a cluster that holds nothing but a webhook and a Service that selects no pods."""
    entry = {"name": "rev.namespace.sidecar-injector.istio.io", "clientConfig": client}

    def answers(request: Request) -> Answer:
        if request.path.endswith("/mutatingwebhookconfigurations"):
            return Answer({"metadata": {}, "items": [{"metadata": {"name": "remote"}, "webhooks": [entry]}]})
        if request.path.endswith("/services/istiod"):
            return Answer({"metadata": {"name": "istiod"}, "spec": {"ports": [{"port": 443}]}})
        return refusal(404, "NotFound", "it is not there")

    with serving(answers) as api:
        kubeconfig = write_kubeconfig(tmp_path / "config", api.url)
        return meshctl("kube-inject", "-c", str(kubeconfig), "-f", app, "--use-kube", "--webhook", *arguments)


def test_injector_at_a_url(app: str, tmp_path: Path) -> None:
    with outside("127.0.0.1") as (injector, bundle):
        url = f"https://127.0.0.1:{injector.server.server_port}/inject/cluster/east"
        done = ask_outside(tmp_path, app, {"url": url, "caBundle": bundle})
        assert pod(done)["metadata"]["annotations"][MARK] == "/inject/cluster/east"
        other = base64.b64encode(Authority("another").certificate.encode()).decode()
        done = ask_outside(tmp_path, app, {"url": url, "caBundle": other})
        assert (done.code, done.out) == (65, "")
        assert "its certificate is not trusted" in done.err
        done = ask_outside(tmp_path, app, {"url": url.replace("/inject", "/"), "caBundle": bundle})
        assert (done.code, done.out) == (65, "")
        assert f"the injector at 127.0.0.1:{injector.server.server_port}: 404" in done.err


def test_injector_behind_a_service_without_pods_is_where_the_user_says(app: str, tmp_path: Path) -> None:
    with outside("istiod.istio-system.svc") as (injector, bundle):
        service = {"name": "istiod", "namespace": "istio-system", "path": "/inject",
                   "port": injector.server.server_port}  # fmt: skip
        client = {"service": service, "caBundle": bundle}
        done = ask_outside(tmp_path, app, client, "--xds-address", "127.0.0.1:15012")
        assert pod(done)["metadata"]["annotations"][MARK] == "/inject"
        assert "no effect" not in done.err
        done = ask_outside(tmp_path, app, client)
    assert (done.code, done.out) == (65, "")
    assert "selects no pods (say where it is with --xds-address)" in done.err


@pytest.mark.parametrize("url", ["http://injector.example/inject", "https://:9/inject", "https://h:none/", ""])
def test_injector_without_an_address(url: str, app: str, tmp_path: Path) -> None:
    done = ask_outside(tmp_path, app, {"url": url})
    assert (done.code, done.out) == (65, "")
    assert f"names no address: '{url}'" in done.err


def test_injector_that_is_gone(app: str, tmp_path: Path) -> None:
    done = ask_outside(tmp_path, app, {"url": "https://127.0.0.1:1/inject"})
    assert (done.code, done.out) == (65, "")
    assert "the injector at 127.0.0.1:1 does not answer: connection refused" in done.err
    done = ask_outside(tmp_path, app, {"url": "https://127.0.0.1:1", "caBundle": "bm9uZQ=="})
    assert "the caBundle of MutatingWebhookConfiguration remote holds no certificates" in done.err


def test_one_deadline_for_a_cluster_that_is_silent(app: str, tmp_path: Path) -> None:
    def slow(_: Request) -> Answer:
        time.sleep(60)
        return Answer({})

    with serving(slow) as api:
        kubeconfig = write_kubeconfig(tmp_path / "config", api.url)
        started = time.monotonic()
        done = meshctl("kube-inject", "-c", str(kubeconfig), "-f", app, "--use-kube", "--timeout", "300ms")
        assert time.monotonic() - started < 30
    assert done.code == 65
    assert done.out == ""
    assert done.err.count("\n") == 1
