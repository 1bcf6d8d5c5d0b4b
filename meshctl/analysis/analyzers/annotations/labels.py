"""Labels of Istio that are misspelled, that have no effect where they stand, or that have a bad value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import INVALID_LABEL, MISPLACED_LABEL, UNKNOWN_LABEL, Message
from meshctl.model.istio_metadata import istio_labels
from meshctl.model.kinds.gateway_class import GATEWAY_CLASS
from meshctl.model.kinds.kubernetes_gateway import KUBERNETES_GATEWAY
from meshctl.model.kinds.namespace import NAMESPACE
from meshctl.model.kinds.pod import POD
from meshctl.model.kinds.service import SERVICE
from meshctl.model.kinds.service_entry import SERVICE_ENTRY
from meshctl.model.kinds.workload_entry import WORKLOAD_ENTRY
from meshctl.model.membership import DATAPLANE_MODE, INJECT, INJECTION, USE_WAYPOINT
from meshctl.model.resource import Field
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import TEMPLATES, workload
from meshctl.schema.suggestions import edit_distance

_KINDS = (NAMESPACE, SERVICE, SERVICE_ENTRY, WORKLOAD_ENTRY, KUBERNETES_GATEWAY, GATEWAY_CLASS, POD, *TEMPLATES)

_BOOLEAN = ("true", "false")
_VALUES: Mapping[str, tuple[str, ...]] = {
    INJECTION: ("enabled", "disabled"),
    INJECT: _BOOLEAN,
    DATAPLANE_MODE: ("ambient", "none"),
    "istio.io/waypoint-for": ("service", "workload", "all", "none"),
    "istio.io/ingress-use-waypoint": _BOOLEAN,
    "networking.istio.io/enable-autoallocate-ip": _BOOLEAN,
}
"""What labels may say; the others are free."""

_STRICTLY_PLACED = frozenset(
    {*_VALUES, USE_WAYPOINT, f"{USE_WAYPOINT}-namespace", "networking.istio.io/gatewayPort"}
) - {INJECTION}
"""Labels that somebody writes by hand to change something, and that do nothing on other kinds. Others are copied along
by charts and controllers, and stand in many places without harm."""

_NEAR = 3
"""A label that differs from a known one by fewer letters than this is taken for a misspelling of it."""


@analyzer(
    "annotations.LabelAnalyzer",
    inputs=_KINDS,
    emits={INVALID_LABEL, MISPLACED_LABEL, UNKNOWN_LABEL},
)
def labels(mesh: Snapshot) -> Iterator[Message]:
    """Checks the labels of Istio on namespaces, services, gateways and workloads."""
    for kind in _KINDS:
        for resource in mesh[kind]:
            pod = workload(resource) if kind in TEMPLATES else None
            if resource.labels:
                yield from _check(resource.at("metadata", "labels"), kind.name, pod.labels if pod else {})
            if pod is not None and pod.labels:
                yield from _check(pod.pod["metadata"]["labels"], "Pod", {})


def _check(found: Field, kind: str, pods: Mapping[str, Any]) -> Iterator[Message]:
    """Checks labels of a kind; what its pods carry as well stands in the right place too."""
    for name, field in found.items():
        if name != INJECTION and (not isinstance(name, str) or not name.partition("/")[0].endswith("istio.io")):
            continue
        definition = istio_labels().get(name)
        if definition is None and name != INJECTION:
            close = _close(name)
            if close:
                yield UNKNOWN_LABEL.at(field, key=True, label=name, hint=f"did you mean {close}?")
            continue
        kinds = definition.kinds if definition else ("Namespace",)
        if kind not in kinds:
            if name in _STRICTLY_PLACED and pods.get(name) != field.value:
                yield MISPLACED_LABEL.at(field, key=True, label=name, kind=kind, kinds=kinds, hint=_place(name, kind))
            continue
        allowed = _VALUES.get(name)
        if allowed and isinstance(field.value, str) and field.value not in allowed:
            yield INVALID_LABEL.at(field, label=name, value=field.value, allowed=" or ".join(allowed))


def _close(name: str) -> str:
    for known in istio_labels():
        if edit_distance(name.lower(), known.lower(), _NEAR) < _NEAR:
            return known
    return ""


def _place(name: str, kind: str) -> str:
    if name == INJECT:
        if kind == "Namespace":
            return "label the namespace istio-injection=enabled instead"
        return "move it to the metadata of the pod; in a controller that is spec.template.metadata"
    return ""
