"""Which injector a namespace has, and which of its pods another one made."""

from __future__ import annotations

from typing import Any

import pytest

from meshctl.charts.installation import resolve
from meshctl.charts.manifests import manifests
from meshctl.diagnose.injectors import Injection, injection
from meshctl.diagnose.live import as_resource
from meshctl.model.injectors import DEACTIVATED
from meshctl.model.kinds.config_map import CONFIG_MAP
from meshctl.model.kinds.mutating_webhook_configuration import MUTATING_WEBHOOK_CONFIGURATION
from meshctl.model.kinds.namespace import NAMESPACE
from meshctl.model.kinds.pod import POD
from meshctl.output.injection import as_data, as_tables

SIDECAR = {"sidecar.istio.io/status": '{"revision":"default"}', "istio.io/rev": "default"}


def installed(kind: str, *revisions: str, sets: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    return [
        dict(item.data)
        for revision in revisions
        for item in manifests(resolve(sets=["profile=minimal", *sets], revision=revision)).objects
        if item.kind == kind
    ]


def looked_at(
    namespaces: dict[str, dict[str, str]],
    pods: list[dict[str, Any]] | None = None,
    hooks: list[dict[str, Any]] | None = None,
    *revisions: str,
) -> Injection:
    named = [{"metadata": {"name": name, "labels": labels}} for name, labels in namespaces.items()]
    revisions = revisions or ("",)
    if hooks is None:
        hooks = installed("MutatingWebhookConfiguration", *revisions)
    settings = [
        item for item in installed("ConfigMap", *revisions) if item["metadata"]["name"].startswith("istio-sidecar")
    ]
    return injection(
        [as_resource(NAMESPACE, item) for item in named],
        [as_resource(MUTATING_WEBHOOK_CONFIGURATION, item) for item in hooks],
        [as_resource(POD, item) for item in pods or ()],
        [as_resource(CONFIG_MAP, item) for item in settings],
        "istio-system",
    )


def pod(name: str, namespace: str = "shop", phase: str = "Running", host: bool = False, **metadata: Any) -> Any:
    return {
        "metadata": {"name": name, "namespace": namespace, **metadata},
        "spec": {"hostNetwork": host},
        "status": {"phase": phase},
    }


@pytest.mark.parametrize(
    ("labels", "revision", "missing"),
    [
        ({"istio-injection": "enabled"}, "default", ""),
        ({"istio.io/rev": "default"}, "default", ""),
        ({"istio.io/rev": "canary"}, "canary", ""),
        ({"istio.io/rev": "gone"}, "", "gone"),
        ({"istio-injection": "enabled", "istio.io/rev": "canary"}, "default", ""),
        ({"istio-injection": "disabled", "istio.io/rev": "gone"}, "", ""),
        ({}, "", ""),
    ],
    ids=str,
)
def test_injector_of_a_namespace(labels: dict[str, str], revision: str, missing: str) -> None:
    found = looked_at({"shop": labels}, None, None, "", "canary")
    assert [(row.revision, row.missing) for row in found.namespaces] == [(revision, missing)]


def test_namespaces_that_take_no_part_are_left_out() -> None:
    names: dict[str, dict[str, str]] = {"kube-system": {}, "istio-system": {}, "shop": {}}
    found = looked_at({**names, "calm": {"istio.io/dataplane-mode": "ambient"}})
    assert [row.namespace for row in found.namespaces] == ["shop"]


def test_injection_everywhere_needs_no_label() -> None:
    hooks = installed(
        "MutatingWebhookConfiguration", "", sets=("values.sidecarInjectorWebhook.enableNamespacesByDefault=true",)
    )
    found = looked_at({"shop": {}, "off": {"istio-injection": "disabled"}}, None, hooks)
    assert [row.revision for row in found.namespaces] == ["", "default"]


def test_pods_by_the_revision_of_their_sidecar() -> None:
    pods = [
        pod("current", annotations=SIDECAR),
        pod("older", annotations={"sidecar.istio.io/status": '{"revision":"1-30"}'}),
        pod("plain"),
        pod("off", labels={"sidecar.istio.io/inject": "false"}),
        pod("old-off", annotations={"sidecar.istio.io/inject": "false"}),
        pod("node-agent", host=True),
        pod("job", phase="Succeeded"),
        pod("elsewhere", "other"),
    ]
    found = looked_at({"shop": {"istio-injection": "enabled"}, "quiet": {}}, pods)
    lines = list(as_tables(found))
    assert lines[:5] == [
        "NAMESPACE ISTIO-REVISION POD-REVISIONS",
        "quiet                    <no pods>",
        "shop      default        <non-Istio>: 4 (injection disabled: 3) NEEDS RESTART: 1",
        "                         1-30: 1 NEEDS RESTART: 1",
        "                         default: 1",
    ]


def test_injectors_with_their_images_and_namespaces() -> None:
    hooks = installed("MutatingWebhookConfiguration", "", "canary")
    off = next(hook for hook in hooks if hook["metadata"]["name"] == "istio-sidecar-injector")
    off["webhooks"] = [{**webhook, "namespaceSelector": DEACTIVATED} for webhook in off["webhooks"]]
    namespaces = {"b": {"istio.io/rev": "canary"}, "a": {"istio.io/rev": "canary"}}
    found = looked_at(namespaces, None, hooks, "", "canary")
    image = "docker.io/istio/proxyv2:1.31.0"
    table = [line.split() for line in list(as_tables(found))[4:]]
    assert table == [
        ["NAMESPACES", "INJECTOR-HOOK", "ISTIO-REVISION", "SIDECAR-IMAGE"],
        ["DOES", "NOT", "AUTOINJECT", "istio-sidecar-injector", "default", image],
        ["a", "istio-sidecar-injector-canary", "canary", image],
        ["b", "istio-sidecar-injector-canary", "canary", image],
    ]
    assert [entry["namespaces"] for entry in as_data(found)["injectors"]] == [[], ["a", "b"]]


def test_a_cluster_without_injectors() -> None:
    assert list(as_tables(looked_at({}, None, []))) == ["No namespace is injected.", "", "There are no injectors."]
