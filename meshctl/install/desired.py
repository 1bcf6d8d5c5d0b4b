"""The objects that an installation consists of, as they are applied: labelled, staged, without what istiod writes."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from meshctl.charts.components import COMPONENTS, Component
from meshctl.charts.installation import TAG, Installation
from meshctl.charts.manifests import component_manifests, manifests
from meshctl.charts.target import OFFLINE, Target
from meshctl.charts.trees import text_at
from meshctl.install.identity import Identity, Object, identity
from meshctl.install.ownership import NOT_PRUNED, owner_labels
from meshctl.install.webhook_defaults import KINDS, MUTATING, without_initial
from meshctl.model.injectors import DEACTIVATED

NETWORK = "topology.istio.io/network"
INJECTOR = "istio-sidecar-injector"
"""The name of the injection webhooks of the revision without a name."""


class Stage(IntEnum):
    """What is applied together; the next stage begins when this one is in place."""

    DEFINITIONS = 1
    ACCOUNTS = 2
    SETTINGS = 3
    CONTROL_PLANE = 4
    WEBHOOKS = 5
    DATA_PLANE = 6


_STAGES = {
    "CustomResourceDefinition": Stage.DEFINITIONS,
    "ServiceAccount": Stage.ACCOUNTS,
    "ClusterRole": Stage.ACCOUNTS,
    "ClusterRoleBinding": Stage.ACCOUNTS,
    "Role": Stage.ACCOUNTS,
    "RoleBinding": Stage.ACCOUNTS,
    "ResourceQuota": Stage.ACCOUNTS,
    "MutatingWebhookConfiguration": Stage.WEBHOOKS,
    "ValidatingWebhookConfiguration": Stage.WEBHOOKS,
    "ValidatingAdmissionPolicy": Stage.WEBHOOKS,
    "ValidatingAdmissionPolicyBinding": Stage.WEBHOOKS,
}
_WITH_WORKLOADS = frozenset({"Deployment", "DaemonSet", "StatefulSet", "HorizontalPodAutoscaler"})
_CONTROL_PLANE = frozenset({"base", "pilot", "cni"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """An object as it is applied; `initial` is what its webhooks have until istiod takes over."""

    component: str
    title: str
    stage: Stage
    data: Object
    initial: tuple[dict[str, Any], ...] = ()
    namespace: str = ""
    """The namespace of its component, where a namespaced object names none."""

    @property
    def identity(self) -> Identity:
        """Which object it is."""
        return identity(self.data)


@dataclass(frozen=True, slots=True)
class Desired:
    """All objects of an installation, in order; the namespaces that they need, with labels for new ones."""

    objects: tuple[Wanted, ...]
    namespaces: Mapping[str, Mapping[str, str]]
    warnings: tuple[str, ...] = ()


def desired(installation: Installation, target: Target = OFFLINE, *, default: bool = True) -> Desired:
    """Renders an installation; raises `InstallationError`.

    With `default` it becomes the default revision: it serves the namespaces and pods that name no revision.
    """
    rendered = manifests(installation, target)
    kinds = {str(component): component.kind for component in installation.components}
    found = {
        item.identity: item
        for manifest in rendered.objects
        for item in (_wanted(installation, kinds[manifest.component].name, manifest.data),)
    }
    services = {(key.namespace, key.name) for key in found if key.kind == "Service"}
    if default and any(key.kind == MUTATING and _is_reachable(item, services) for key, item in found.items()):
        if not installation.revision:
            found = {key: _deactivated(item) for key, item in found.items()}
        found |= {
            item.identity: item
            for item in _default_revision(installation, target)
            if item.identity.kind not in KINDS or _is_reachable(item, services)
        }
    objects = tuple(sorted(found.values(), key=lambda item: item.stage))
    return Desired(objects, _namespaces(installation, objects), rendered.warnings)


def _is_reachable(item: Wanted, services: Container[tuple[str, str]]) -> bool:
    """Whether webhooks can be called: a remote cluster may have them, but no Service behind them."""
    clients = [webhook.get("clientConfig") or {} for webhook in item.data.get("webhooks", ())]
    return any(
        "url" in client or ((service := client.get("service") or {}).get("namespace"), service.get("name")) in services
        for client in clients
    )


def _wanted(installation: Installation, component: str, data: Object, **more: str) -> Wanted:
    own = owner_labels(component, installation.name, installation.namespace, installation.revision, TAG) | more
    metadata = data.get("metadata")
    names = metadata if isinstance(metadata, dict) else {}
    labels = names.get("labels")
    labelled = {**names, "labels": {**(labels if isinstance(labels, dict) else {}), **own}}
    applied, initial = without_initial(_without_nulls({**data, "metadata": labelled}))
    kind = next(kind for kind in COMPONENTS if kind.name == component)
    namespace = next((c.namespace for c in installation.components if c.kind is kind), installation.namespace)
    return Wanted(component, kind.title, _stage(component, applied), applied, tuple(initial), namespace)


def _stage(component: str, data: Object) -> Stage:
    kind = str(data.get("kind", ""))
    if kind in _WITH_WORKLOADS:
        return Stage.CONTROL_PLANE if component in _CONTROL_PLANE else Stage.DATA_PLANE
    if str(data.get("apiVersion", "")).partition("/")[0].endswith("istio.io"):
        return Stage.DATA_PLANE  # its definition and its validation have to be there
    return _STAGES.get(kind, Stage.SETTINGS)


def _default_revision(installation: Installation, target: Target) -> Iterator[Wanted]:
    pilot = next(component for component in installation.components if component.kind.name == "pilot")
    default = Component(replace(pilot.kind, chart="default"), pilot.name, pilot.namespace, pilot.values)
    for manifest in component_manifests(default, installation.package, target).objects:
        yield _wanted(installation, "pilot", manifest.data, **{NOT_PRUNED: "true"})


def _deactivated(item: Wanted) -> Wanted:
    """The injection webhooks of a revision without a name, which must not fire beside those of the default tag."""
    if item.identity.kind != MUTATING or not item.identity.name.startswith(INJECTOR):
        return item
    webhooks = [
        {**webhook, "namespaceSelector": DEACTIVATED, "objectSelector": DEACTIVATED}
        for webhook in item.data.get("webhooks", ())
    ]
    return replace(item, data={**item.data, "webhooks": webhooks})


def _namespaces(installation: Installation, objects: Iterable[Wanted]) -> dict[str, dict[str, str]]:
    network = text_at(installation.values, "global.network")
    found: dict[str, dict[str, str]] = {installation.namespace: {NETWORK: network} if network else {}}
    for item in objects:
        if item.identity.namespace:
            found.setdefault(item.identity.namespace, {})
    return found if objects else {}


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value
