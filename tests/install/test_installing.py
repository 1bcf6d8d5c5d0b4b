"""Installing, changing and removing as a user does it, on a real API server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.run import meshctl
from tests.cluster.api import eventually
from tests.cluster.kubectl import kubectl
from tests.install.conftest import SYSTEM, Mesh

DEMO_GATEWAYS = ("istio-ingressgateway", "istio-egressgateway")
IGNORED = {"uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"}


def test_demo_is_shown_applied_and_ready(mesh: Mesh) -> None:
    shown = mesh.run("install", "--set", "profile=demo", "--diff")
    assert shown.code == 79
    assert "+ Namespace istio-system" in shown.out or mesh.api.exists(f"/api/v1/namespaces/{SYSTEM}")
    assert "+ Deployment istio-system/istiod" in shown.out
    assert mesh.owned() == {}
    done = mesh.run("install", "--set", "profile=demo", "-y")
    assert done.code == 0, done.err
    for title in ("Istio core", "Istiod", "Ingress gateways", "Egress gateways"):
        assert f"✔ {title} installed" in done.err.splitlines()
    for name in ("istiod", *DEMO_GATEWAYS):
        assert mesh.get(f"Deployment/{SYSTEM}/{name}")["status"]["availableReplicas"] == 1
    owned = mesh.owned("operator.istio.io/managed=Reconcile,operator.istio.io/version=1.31.0")
    assert len(owned) == 45
    assert {item["metadata"]["labels"]["istio.io/rev"] for item in owned.values()} == {"default"}


def test_second_install_writes_nothing(mesh: Mesh) -> None:
    mesh.install("--set", "profile=demo")
    audit = mesh.cluster.audit()
    done = mesh.run("install", "--set", "profile=demo", "-y")
    assert done.code == 0
    assert "Nothing to change" in done.out
    assert audit.requests("meshctl/")
    assert audit.writes("meshctl/") == []
    # Without a change nobody is asked, and there is nothing to show.
    assert mesh.run("install", "--set", "profile=demo").code == 0
    assert mesh.run("install", "--set", "profile=demo", "--diff").code == 0


def test_one_setting_is_one_change(mesh: Mesh) -> None:
    mesh.install("--set", "profile=minimal")
    audit = mesh.cluster.audit()
    done = mesh.run(
        "install", "--set", "profile=minimal", "--set", "values.pilot.resources.requests.cpu=77m", "-y", "-o", "json"
    )
    result = json.loads(done.out)
    changed = {item["kind"]: item for item in result["objects"] if item["action"] != "keep"}
    assert set(changed) == {"Deployment", "ConfigMap"}
    path = "spec.template.spec.containers[name:discovery].resources.requests.cpu"
    assert {"path": path, "before": "500m", "after": "77m"} in changed["Deployment"]["changes"]
    assert result["status"] == "installed"
    assert {(request.resource, request.name) for request in audit.writes("meshctl/")} == {
        ("deployments", "istiod"),
        ("configmaps", "values"),
    }


def test_profiles_converge_with_pruning(mesh: Mesh) -> None:
    found: dict[str, set[str]] = {}
    for profile in ("demo", "minimal", "default", "demo"):
        mesh.install("--set", f"profile={profile}")
        names = set(mesh.owned())
        assert found.setdefault(profile, names) == names, "the way there makes no difference"
    assert {name for name in found["demo"] - found["minimal"] if name.startswith("Deployment")} == {
        f"Deployment/{SYSTEM}/{name}" for name in DEMO_GATEWAYS
    }
    assert f"HorizontalPodAutoscaler/{SYSTEM}/istiod" in found["default"] - found["demo"]


def test_objects_of_an_older_version_are_pruned_whatever_their_kind(mesh: Mesh) -> None:
    mesh.install("--set", "profile=minimal")
    labels = mesh.get(f"Service/{SYSTEM}/istiod")["metadata"]["labels"] | {"operator.istio.io/version": "1.29.0"}
    old: dict[str, dict[str, Any]] = {
        "NetworkPolicy": {"apiVersion": "networking.k8s.io/v1", "spec": {"podSelector": {}}},
        "ResourceQuota": {"apiVersion": "v1", "spec": {"hard": {"pods": "100"}}},
        "ConfigMap": {"apiVersion": "v1", "data": {"a": "b"}},
        "PodDisruptionBudget": {"apiVersion": "policy/v1", "spec": {"selector": {"matchLabels": {"a": "b"}}}},
    }
    for kind, body in old.items():
        name = f"{kind}/{SYSTEM}/old"
        metadata = {"name": "old", "labels": labels}
        mesh.api.create(mesh.path(name).rpartition("/")[0], body | {"kind": kind, "metadata": metadata})
    stranger = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "mine", "labels": {"app": "istiod"}}}
    mesh.create(f"/api/v1/namespaces/{SYSTEM}/configmaps", stranger)
    shown = mesh.run("install", "--set", "profile=minimal", "--diff")
    assert shown.out.count("- ") == len(old)
    mesh.install("--set", "profile=minimal")
    for kind in old:
        assert not mesh.api.exists(mesh.path(f"{kind}/{SYSTEM}/old"))
    assert mesh.api.exists(mesh.path(f"ConfigMap/{SYSTEM}/mine"))


def test_kubectl_makes_the_same_objects(mesh: Mesh) -> None:
    """All but the labels of ownership, the default tag, and the webhooks that are switched off for it."""
    mesh.install("--set", "profile=default")
    ours = {name: comparable(item) for name, item in mesh.owned().items()}
    assert mesh.run("uninstall", "--purge", "--delete-crds", "-y").code == 0
    manifest = meshctl("manifest", "generate", "--set", "profile=default").out
    kubectl(mesh.cluster.kubeconfig(), "apply", "--server-side", "-f", "-", stdin=manifest)
    theirs = {name: comparable(item) for name, item in mesh.owned("app.kubernetes.io/part-of=istio").items()}
    extra = {name for name in ours if "default-validator" in name or "revision-tag-default" in name}
    assert set(ours) - extra == set(theirs)
    for name, item in theirs.items():
        if name != "MutatingWebhookConfiguration/istio-sidecar-injector":
            assert item == ours[name], name
    kubectl(mesh.cluster.kubeconfig(), "delete", "-f", "-", stdin=manifest)


def comparable(item: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps({key: value for key, value in item.items() if key != "status"}))
    metadata = {key: value for key, value in found["metadata"].items() if key not in IGNORED}
    metadata["labels"] = {
        key: value
        for key, value in metadata["labels"].items()
        if "operator.istio.io" not in key and key != "istio.io/rev"
    }
    metadata.pop("annotations", None)
    found["metadata"] = metadata
    for key in ("clusterIP", "clusterIPs", "healthCheckNodePort"):
        found.get("spec", {}).pop(key, None)
    for port in found.get("spec", {}).get("ports", ()) if found["kind"] == "Service" else ():
        port.pop("nodePort", None)
    for webhook in found.get("webhooks", ()):
        webhook["clientConfig"].pop("caBundle", None)
        webhook.pop("failurePolicy", None)
    return found


def test_nobody_is_asked_in_vain(mesh: Mesh) -> None:
    for answer, code in (("", 1), ("n\n", 1), ("what?\nNO\n", 1), ("what?\ny\n", 0)):
        done = mesh.run("install", "--set", "profile=minimal", stdin=answer)
        assert done.code == code, done.err
        assert "Proceed? (y/N)" in done.err
        if code:
            assert "Cancelled." in done.err
            assert mesh.owned() == {}


def test_what_istiod_writes_stays_its_own(mesh: Mesh) -> None:
    mesh.install("--set", "profile=minimal")
    names = ("istio-validator-istio-system", "istiod-default-validator")

    def bundles() -> set[str]:
        webhooks = (mesh.get(f"ValidatingWebhookConfiguration/{name}")["webhooks"][0] for name in names)
        return {webhook["clientConfig"].get("caBundle", "") for webhook in webhooks}

    eventually(lambda: "" not in bundles(), "the CA in the webhooks")
    bundle = bundles()
    assert len(bundle) == 1
    mesh.install("--set", "profile=minimal", "--set", "values.global.logging.level=default:debug")
    for name in names:
        (webhook,) = mesh.get(f"ValidatingWebhookConfiguration/{name}")["webhooks"]
        assert (webhook["failurePolicy"], webhook["clientConfig"]["caBundle"]) == ("Fail", *bundle)


def test_validation_fails_open_until_istiod_comes(mesh: Mesh) -> None:
    mesh.cluster.istiod.ready = False
    done = mesh.run("install", "--set", "profile=remote", "--set", "values.global.remotePilotAddress=192.0.2.1",
                    "--set", "values.global.configCluster=true", "-y")  # fmt: skip
    assert done.code == 0, done.err
    (webhook,) = mesh.get("ValidatingWebhookConfiguration/istio-validator-istio-system")["webhooks"]
    assert webhook["failurePolicy"] == "Ignore"


@pytest.mark.parametrize("format_", ["json", "yaml"])
def test_plans_are_data_too(mesh: Mesh, format_: str) -> None:
    done = mesh.run("install", "--set", "profile=minimal", "--diff", "-o", format_)
    assert done.code == 79
    from meshctl.documents import parse, split

    plan = parse(next(iter(split(done.out)))).data
    assert plan["status"] == "planned"
    assert {item["action"] for item in plan["objects"]} == {"create"}
    assert {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": SYSTEM, "name": "istiod"}.items() <= next(
        item for item in plan["objects"] if item["kind"] == "Deployment"
    ).items()


def test_dry_run_asks_the_server_about_everything(mesh: Mesh) -> None:
    mesh.install("--set", "profile=minimal")
    audit = mesh.cluster.audit()
    done = mesh.run("install", "--set", "profile=default", "--dry-run")
    assert done.code == 0, done.err
    assert audit.writes("meshctl/") == []
    asked = [request for request in audit.requests("meshctl/") if "dryRun=All" in request.uri]
    assert {request.name for request in asked} >= {"istiod", "istio-ingressgateway", "istio"}
    cpu = "values.pilot.resources"
    refused = mesh.run("install", "--set", f"{cpu}.requests.cpu=2", "--set", f"{cpu}.limits.cpu=1", "--dry-run")
    assert refused.code == 1
    assert "refused: Deployment istio-system/istiod" in refused.err
    assert "must be less than or equal to cpu limit" in refused.err


def test_dry_run_without_a_cluster_says_so(tmp_path: Path) -> None:
    done = meshctl("install", "--set", "profile=minimal", "--dry-run", KUBECONFIG=str(tmp_path / "none"))
    assert done.code == 0
    assert "no server was asked" in done.err
    assert "Deployment istio-system/istiod" in done.out


def test_charts_may_ask_the_cluster(mesh: Mesh, tmp_path: Path) -> None:
    """What kinds it serves and which objects it has, when it is installed and when that is verified."""
    assert meshctl("x", "export-charts", str(tmp_path)).code == 0
    (tmp_path / "charts/base/templates/asking.yaml").write_text("""\
apiVersion: v1
kind: ConfigMap
metadata:
  name: asking
  namespace: istio-system
data:
  served: {{ .Capabilities.APIVersions.Has "coordination.k8s.io/v1/Lease" | quote }}
  looked-up: {{ (lookup "v1" "Namespace" "" "kube-system").metadata.name | quote }}
""")
    shared = ("--set", "profile=empty", "--set", "components.base.enabled=true", "--manifests", str(tmp_path))
    mesh.install(*shared)
    found = mesh.api.get(f"/api/v1/namespaces/{SYSTEM}/configmaps/asking")
    assert found["data"] == {"served": "true", "looked-up": "kube-system"}
    verified = mesh.run("verify-install", *shared)
    line = next(line for line in verified.out.splitlines() if f"ConfigMap {SYSTEM}/asking" in line)
    assert line.split()[0] == "✔"
