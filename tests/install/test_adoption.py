"""Taking over what istioctl or Helm installed, and leaving alone what people set."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from meshctl.charts.installation import resolve
from meshctl.charts.manifests import manifests
from meshctl.install.identity import metadata
from meshctl.install.plan import Action, make_plan
from meshctl.kube import Cluster, Settings, connect
from tests.cluster.api import eventually
from tests.cluster.faults import Fault, FaultyServer
from tests.install.conftest import SYSTEM, Mesh

ISTIOD = f"Deployment/{SYSTEM}/istiod"


def install_by(mesh: Mesh, tool: str, *, labels: dict[str, str] | None = None) -> None:
    """Puts the profile minimal of another tool there: istioctl applies, Helm creates."""
    if not mesh.api.exists(f"/api/v1/namespaces/{SYSTEM}"):
        mesh.api.create("/api/v1/namespaces", {"metadata": {"name": SYSTEM}})
    found = manifests(resolve(sets=["profile=minimal", "values.pilot.env.OLD=x"])).objects
    for manifest in found:
        data: dict[str, Any] = json.loads(json.dumps(manifest.data))
        data["metadata"]["labels"] |= labels or {}
        name = "/".join(filter(None, (manifest.kind, manifest.namespace, manifest.name)))
        if tool == "helm":
            data["metadata"]["annotations"] = {"meta.helm.sh/release-name": "istiod"}
            mesh.api.create(f"{mesh.path(name).rpartition('/')[0]}?fieldManager=helm", data)
        else:
            mesh.api.request("PATCH", f"{mesh.path(name)}?fieldManager={tool}&force=true", json.dumps(data),
                             "application/apply-patch+yaml")  # fmt: skip


def managers(item: dict[str, Any]) -> set[str]:
    return {entry["manager"] for entry in item["metadata"]["managedFields"] if not entry.get("subresource")}


@pytest.mark.parametrize(
    ("tool", "labels"),
    [("istio-operator", {"operator.istio.io/managed": "Reconcile"}), ("helm", None)],
    ids=["istioctl", "helm"],
)
def test_installation_of_another_tool_becomes_ours(mesh: Mesh, tool: str, labels: dict[str, str] | None) -> None:
    install_by(mesh, tool, labels=labels)
    shown = mesh.run("install", "--set", "profile=minimal", "--diff")
    assert f"~ Deployment {SYSTEM}/istiod, taken over from {tool}" in shown.out
    removed = [line for line in shown.out.splitlines() if "env[name:OLD]" in line]
    assert len(removed) == 1
    assert removed[0].endswith("is taken away")
    mesh.install("--set", "profile=minimal")
    for item in mesh.owned("operator.istio.io/managed=Reconcile").values():
        assert tool not in managers(item)
        assert "meshctl" in managers(item)
    istiod = mesh.get(ISTIOD)
    assert "OLD" not in {env["name"] for env in istiod["spec"]["template"]["spec"]["containers"][0]["env"]}
    assert "meta.helm.sh/release-name" not in istiod["metadata"].get("annotations", {})
    name = "ValidatingWebhookConfiguration/istio-validator-istio-system"
    eventually(lambda: mesh.get(name)["webhooks"][0]["failurePolicy"] == "Fail", "validation that fails closed")
    audit = mesh.cluster.audit()
    assert "Nothing to change" in mesh.install("--set", "profile=minimal").out
    assert audit.writes("meshctl/") == []


def test_plan_is_made_again_where_a_controller_is_faster(mesh: Mesh, monkeypatch: pytest.MonkeyPatch) -> None:
    """A controller may note its status between the two questions that the plan asks about an adopted object."""
    install_by(mesh, "helm", labels={"operator.istio.io/component": "Pilot"})  # so that it goes after the test
    cluster = connect(Settings(str(mesh.cluster.kubeconfig())))
    replace = Cluster.replace
    overtaken = []

    def overtake(self: Cluster, item: Mapping[str, Any], *, dry_run: bool = False) -> dict[str, Any]:
        name = f"{item['kind']}/{SYSTEM}/{item['metadata']['name']}"
        if name in (ISTIOD, f"Service/{SYSTEM}/istiod", f"ConfigMap/{SYSTEM}/istio") and name not in overtaken:
            overtaken.append(name)
            if name == ISTIOD:
                mesh.api.patch(mesh.path(name), {"metadata": {"annotations": {"somebody": "was faster"}}})
            else:
                mesh.api.delete(mesh.path(name))
        return replace(self, item, dry_run=dry_run)

    monkeypatch.setattr(Cluster, "replace", overtake)
    plan = make_plan(cluster, resolve(sets=["profile=minimal"]))
    assert len(overtaken) == 3
    assert [step for step in plan.steps if step.problem] == []
    istiod = {step.identity.kind: step for step in plan.steps if step.identity.name == "istiod"}
    assert istiod["Deployment"].action is Action.CHANGE
    assert metadata(istiod["Deployment"].live or {})["annotations"]["somebody"] == "was faster"
    assert istiod["Service"].action is Action.CREATE
    (mesh_config,) = [step for step in plan.steps if step.identity[1:] == ("ConfigMap", SYSTEM, "istio")]
    assert mesh_config.action is Action.CREATE


def test_object_that_is_deleted_before_it_is_taken_over(mesh: Mesh, tmp_path: Path) -> None:
    install_by(mesh, "helm")
    name = f"ConfigMap/{SYSTEM}/istio"
    with FaultyServer(mesh.cluster, tmp_path) as server:
        server.faults = [
            Fault("PATCH", "/configmaps/istio$", before=lambda: mesh.api.delete(mesh.path(name)), passes=True)
        ]
        done = mesh.run("install", "--set", "profile=minimal", "-y", kubeconfig=server.kubeconfig())
        assert server.faults[0].times == 0
    assert done.code == 0, done.err
    assert managers(mesh.get(name)) == {"meshctl"}


def test_first_failure_policy_survives_without_istiod(mesh: Mesh) -> None:
    """istioctl lets validation fail open; until istiod comes it must not fail closed for being taken over."""
    mesh.install("--set", "profile=empty", "--set", "components.base.enabled=true")
    name = "ValidatingWebhookConfiguration/istio-validator-istio-system"
    (found,) = [
        item for item in manifests(resolve(sets=["profile=minimal"])).objects if item.kind == name.split("/")[0]
    ]
    body = json.loads(json.dumps(found.data))
    mesh.api.request("PATCH", f"{mesh.path(name)}?fieldManager=istio-operator&force=true", json.dumps(body),
                     "application/apply-patch+yaml")  # fmt: skip
    stuck = r"values.pilot.podAnnotations.test\.meshctl/stuck=x"
    mesh.install("--set", "profile=remote", "--set", "values.global.configCluster=true", "--set", stuck,
                 "--set", "values.global.remotePilotAddress=192.0.2.1")  # fmt: skip
    (webhook,) = mesh.get(name)["webhooks"]
    assert webhook["failurePolicy"] == "Ignore"
    assert "istio-operator" not in managers(mesh.get(name))


def test_fields_of_people_are_reported_and_not_overwritten(mesh: Mesh) -> None:
    mesh.install("--set", "profile=demo")
    mesh.apply({"spec": {"replicas": 3}}, ISTIOD, "kubectl")
    audit = mesh.cluster.audit()
    done = mesh.run("install", "--set", "profile=demo", "-y")
    assert done.code == 1
    assert "! spec.replicas was set by kubectl" in done.out
    assert "--force-conflicts" in done.err
    assert audit.writes("meshctl/") == []
    shown = json.loads(mesh.run("install", "--set", "profile=demo", "--diff", "-o", "json").out)
    (istiod,) = [item for item in shown["objects"] if item.get("conflicts")]
    assert istiod["conflicts"] == [{"field": ".spec.replicas", "manager": "kubectl"}]
    # The value that the person chose, in the settings of the installation, settles it.
    mesh.install("--set", "profile=demo", "--set", "values.pilot.replicaCount=3")
    assert mesh.get(ISTIOD)["spec"]["replicas"] == 3
    assert mesh.run("install", "--set", "profile=demo", "-y").code == 1
    mesh.install("--set", "profile=demo", "--force-conflicts")
    assert mesh.get(ISTIOD)["spec"]["replicas"] == 1


def test_fields_that_others_add_stay(mesh: Mesh) -> None:
    mesh.install("--set", "profile=demo")
    mesh.apply({"metadata": {"name": "istiod", "annotations": {"team": "mesh"}}}, ISTIOD, "kubectl")
    assert "Nothing to change" in mesh.install("--set", "profile=demo").out
    mesh.install("--set", "profile=demo", "--set", "values.pilot.env.NEW=x")
    assert mesh.get(ISTIOD)["metadata"]["annotations"]["team"] == "mesh"


def test_what_somebody_took_away_comes_back(mesh: Mesh) -> None:
    mesh.install("--set", "profile=minimal")
    mesh.api.patch(mesh.path(f"ConfigMap/{SYSTEM}/istio"), {"data": {"meshNetworks": None}})
    mesh.api.delete(mesh.path(f"Service/{SYSTEM}/istiod"))
    shown = mesh.run("install", "--set", "profile=minimal", "--diff").out
    assert f"+ Service {SYSTEM}/istiod" in shown
    assert "data.meshNetworks" in shown
    mesh.install("--set", "profile=minimal")
    assert mesh.get(f"ConfigMap/{SYSTEM}/istio")["data"]["meshNetworks"]
