"""What counts as a difference between an object as rendered and as it lives."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from meshctl.charts.installation import resolve
from meshctl.charts.manifests import manifests
from meshctl.install.identity import identity
from meshctl.model.injectors import DEACTIVATED
from meshctl.verify.checks import Check, Status
from meshctl.verify.expected import Expected
from meshctl.verify.objects import judged

Change = Callable[[dict[str, Any]], object]

RENDERED = {(item.kind, item.name): dict(item.data) for item in manifests(resolve(sets=["profile=minimal"])).objects}
DEPLOYMENT = ("Deployment", "istiod")
INJECTOR = ("MutatingWebhookConfiguration", "istio-sidecar-injector")
VALIDATOR = ("ValidatingWebhookConfiguration", "istio-validator-istio-system")
MESH = ("ConfigMap", "istio")
TEMPLATES = ("ConfigMap", "istio-sidecar-injector")


def owned(item: dict[str, Any], *managers: str) -> None:
    """Lets the first manager own all of the object, and the others one field each."""
    item["metadata"]["managedFields"] = [
        {"manager": manager, "operation": "Update", "fieldsV1": {f"f:spec{part}": {} for part in range(9 - number * 8)}}
        for number, manager in enumerate(managers)
    ]


def check(key: tuple[str, str], change: Change, *managers: str, recorded: bool = False) -> Check:
    """The check of an object that a change was made to after it was installed."""
    wanted = RENDERED[key]
    live = copy.deepcopy(wanted)
    live["metadata"] |= {"uid": "1", "resourceVersion": "7", "creationTimestamp": "2026-11-26T10:00:00Z"}
    change(live)
    owned(live, *managers or ("helm",))
    return judged(identity(wanted), wanted, live, Expected("here", "default", "istio-system", recorded=recorded))


def container(item: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = item["spec"]["template"]["spec"]["containers"][0]
    return found


def istiod_serves(item: dict[str, Any]) -> None:
    for webhook in item["webhooks"]:
        webhook["clientConfig"]["caBundle"] = "Q0E="
        webhook["failurePolicy"] = "Fail"


def switch_off(item: dict[str, Any]) -> None:
    for webhook in item["webhooks"]:
        webhook |= {"namespaceSelector": DEACTIVATED, "objectSelector": DEACTIVATED}


def labels(item: dict[str, Any], **more: str) -> None:
    item["metadata"]["labels"] |= more


@pytest.mark.parametrize(
    ("key", "change"),
    [
        (DEPLOYMENT, lambda item: None),
        (DEPLOYMENT, lambda item: item.update(status={"replicas": 1})),
        (DEPLOYMENT, lambda item: item["spec"].update(revisionHistoryLimit=10)),
        (DEPLOYMENT, lambda item: labels(item, **{"helm.sh/chart": "istiod-9", "release": "mine"})),
        (DEPLOYMENT, lambda item: labels(item, **{"install.operator.istio.io/owning-resource": "mesh"})),
        (VALIDATOR, istiod_serves),
        (INJECTOR, istiod_serves),
        (INJECTOR, switch_off),
        (MESH, lambda item: item["data"].update(mesh="# my notes\n" + item["data"]["mesh"])),
        (TEMPLATES, lambda item: item["data"].update(config=item["data"]["config"].replace("istio-iptables", "x"))),
        (("ConfigMap", "values"), lambda item: item["data"].clear()),
    ],
)
def test_no_difference(key: tuple[str, str], change: Change) -> None:
    found = check(key, change)
    assert (found.status, found.detail) == (Status.OK, "")


@pytest.mark.parametrize(
    ("key", "change", "told"),
    [
        (
            DEPLOYMENT,
            lambda item: container(item).update(image="other:1"),
            "containers[name:discovery].image is other:1",
        ),
        (DEPLOYMENT, lambda item: container(item)["resources"]["requests"].update(cpu="1"), "requests.cpu is 1"),
        (MESH, lambda item: item["data"].update(mesh=item["data"]["mesh"].replace("istio-system", "x")), "is x"),
        (
            MESH,
            lambda item: item["data"].update(mesh=item["data"]["mesh"] + "\naccessLogFile: x"),
            "accessLogFile is there",
        ),
        (INJECTOR, lambda item: item["webhooks"][0].update(failurePolicy="Ignore"), "failurePolicy is Ignore"),
        (INJECTOR, lambda item: item["webhooks"].pop(), "webhooks"),
        (("ClusterRole", "istiod-clusterrole-istio-system"), lambda item: item["rules"].pop(), "rules"),
        (("Service", "istiod"), lambda item: item["spec"]["selector"].update(app="x"), "spec.selector.app is x"),
    ],
)
def test_difference(key: tuple[str, str], change: Change, told: str) -> None:
    found = check(key, change)
    assert found.status is Status.OFF
    assert told in found.detail


def test_overlays_of_the_installer_are_no_mistake_when_only_values_are_known() -> None:
    def change(item: dict[str, Any]) -> None:
        container(item)["image"] = "mirror/pilot:1"

    found = check(DEPLOYMENT, change, "istio-operator", recorded=True)
    assert found.status is Status.OK
    assert "as its installer changed it" in found.detail
    edited = check(DEPLOYMENT, change, "istio-operator", "kubectl-edit", recorded=True)
    assert edited.status is Status.OFF
    assert "changed by kubectl-edit" in edited.detail
    by_istiod = check(DEPLOYMENT, change, "helm", "pilot-discovery", recorded=True)
    assert by_istiod.status is Status.OK


def test_label_that_was_taken_away_is_off_though_nobody_owns_it() -> None:
    found = check(DEPLOYMENT, lambda item: item["metadata"]["labels"].pop("istio.io/rev"), "helm", recorded=True)
    assert found.status is Status.OFF
    assert "istio.io/rev" in found.detail
    assert "is missing" in found.detail


def test_what_people_added_is_told_but_no_mistake() -> None:
    found = check(DEPLOYMENT, lambda item: labels(item, team="mesh"), "helm", "kubectl-label")
    assert found.status is Status.OK
    assert "kubectl-label" in found.detail


def test_scaling_by_hand_is_told() -> None:
    wanted = {**RENDERED[DEPLOYMENT], "spec": {**RENDERED[DEPLOYMENT]["spec"], "replicas": 2}}
    live = copy.deepcopy(wanted)
    live["spec"]["replicas"] = 5
    owned(live, "helm")
    expected = Expected("here", "default", "istio-system", recorded=True)
    live["metadata"]["managedFields"].append({"manager": "kubectl", "subresource": "scale", "fieldsV1": {"f:spec": {}}})
    found = judged(identity(wanted), wanted, live, expected)
    assert found.status is Status.OFF
    assert "spec.replicas is 5 instead of 2" in found.detail


def test_tokens_in_settings_are_not_told() -> None:
    def change(item: dict[str, Any]) -> None:
        mesh = item["data"]["mesh"].replace(
            "discoveryAddress:", "tracing: {lightstep: {accessToken: s3cr3t}}\n  discoveryAddress:"
        )
        item["data"]["mesh"] = mesh

    found = check(MESH, change)
    assert found.status is Status.OFF
    assert "s3cr3t" not in found.detail


def test_values_of_secrets_are_not_told() -> None:
    wanted = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"key": "c2VjcmV0"}}
    live = {**wanted, "data": {"key": "b3RoZXI="}}
    found = judged(identity(wanted), wanted, live, Expected("here", "", ""))
    assert found.status is Status.OFF
    assert "data.key" in found.detail
    assert "c2Vj" not in found.detail
    assert "b3Ro" not in found.detail
