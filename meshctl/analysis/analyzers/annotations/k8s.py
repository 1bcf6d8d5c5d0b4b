"""Annotations that Istio does not know, that have no effect where they stand, or that have a bad value."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import (
    DEPRECATED_ANNOTATION,
    INVALID_ANNOTATION,
    MISPLACED_ANNOTATION,
    UNKNOWN_ANNOTATION,
    Message,
)
from meshctl.model.istio_metadata import istio_annotations, istio_labels
from meshctl.model.kinds.authorization_policy import AUTHORIZATION_POLICY
from meshctl.model.kinds.destination_rule import DESTINATION_RULE
from meshctl.model.kinds.envoy_filter import ENVOY_FILTER
from meshctl.model.kinds.gateway import GATEWAY
from meshctl.model.kinds.gateway_class import GATEWAY_CLASS
from meshctl.model.kinds.ingress import INGRESS
from meshctl.model.kinds.kubernetes_gateway import KUBERNETES_GATEWAY
from meshctl.model.kinds.namespace import NAMESPACE
from meshctl.model.kinds.peer_authentication import PEER_AUTHENTICATION
from meshctl.model.kinds.pod import POD
from meshctl.model.kinds.proxy_config import PROXY_CONFIG
from meshctl.model.kinds.request_authentication import REQUEST_AUTHENTICATION
from meshctl.model.kinds.service import SERVICE
from meshctl.model.kinds.service_entry import SERVICE_ENTRY
from meshctl.model.kinds.sidecar import SIDECAR
from meshctl.model.kinds.telemetry import TELEMETRY
from meshctl.model.kinds.virtual_service import VIRTUAL_SERVICE
from meshctl.model.kinds.wasm_plugin import WASM_PLUGIN
from meshctl.model.kinds.workload_entry import WORKLOAD_ENTRY
from meshctl.model.kinds.workload_group import WORKLOAD_GROUP
from meshctl.model.membership import INJECT
from meshctl.model.resource import Field
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import TEMPLATES, workload
from meshctl.schema.annotation_values import value_problem
from meshctl.schema.suggestions import closest

INGRESS_CLASS = "kubernetes.io/ingress.class"
"""The one annotation without Istio's name that Istio reads."""

SET_BY_ISTIO = frozenset({"sidecar.istio.io/status", "gateway.istio.io/controller-version", "istio.io/rev"})
"""Annotations that are never reported: nobody writes them by hand."""

_ISTIO_KINDS = frozenset(
    {
        AUTHORIZATION_POLICY,
        DESTINATION_RULE,
        ENVOY_FILTER,
        GATEWAY,
        PEER_AUTHENTICATION,
        PROXY_CONFIG,
        REQUEST_AUTHENTICATION,
        SERVICE_ENTRY,
        SIDECAR,
        TELEMETRY,
        VIRTUAL_SERVICE,
        WASM_PLUGIN,
        WORKLOAD_ENTRY,
        WORKLOAD_GROUP,
    }
)
"""Other controllers read annotations of these: certificate and DNS controllers look for the ingress class."""

_KINDS = frozenset({NAMESPACE, SERVICE, POD, INGRESS, GATEWAY_CLASS, KUBERNETES_GATEWAY, *TEMPLATES, *_ISTIO_KINDS})

_STATS = "set proxyStatsMatcher in the annotation proxy.istio.io/config"
_INSTEAD = {
    INJECT: "use the label of the same name on the pod",
    "sidecar.istio.io/discoveryAddress": "set discoveryAddress in the annotation proxy.istio.io/config",
    "sidecar.istio.io/extraStatTags": "set extraStatTags in the annotation proxy.istio.io/config",
    "sidecar.istio.io/statsInclusionPrefixes": _STATS,
    "sidecar.istio.io/statsInclusionRegexps": _STATS,
    "sidecar.istio.io/statsInclusionSuffixes": _STATS,
    "traffic.sidecar.istio.io/kubevirtInterfaces": "use istio.io/reroute-virtual-interfaces",
}
"""What to write in place of a deprecated annotation."""


@analyzer(
    "annotations.K8sAnalyzer",
    inputs=_KINDS,
    emits={DEPRECATED_ANNOTATION, INVALID_ANNOTATION, MISPLACED_ANNOTATION, UNKNOWN_ANNOTATION},
)
def k8s_annotations(mesh: Snapshot) -> Iterator[Message]:
    """Checks the annotations of Istio on all kinds that can have some, and on the templates of pods."""
    for kind in sorted(_KINDS, key=repr):
        for resource in mesh[kind]:
            if resource.annotations:
                yield from _check(resource.at("metadata"), kind.name, kind in _ISTIO_KINDS)
            pod = workload(resource) if kind in TEMPLATES else None
            if pod is not None and pod.annotations:
                yield from _check(pod.pod["metadata"], "Pod", False)


def _check(metadata: Field, kind: str, read_by_others: bool) -> Iterator[Message]:
    for name, field in metadata["annotations"].items():
        if name in SET_BY_ISTIO or not isinstance(name, str):
            continue
        if name == INGRESS_CLASS:
            if read_by_others:
                continue
        elif not name.partition("/")[0].endswith("istio.io") or name.startswith("internal.istio.io/"):
            continue
        yield from _look_at(field, name, kind, metadata)


def _look_at(field: Field, name: str, kind: str, metadata: Field) -> Iterator[Message]:
    definition = istio_annotations().get(name)
    if definition is None:
        yield UNKNOWN_ANNOTATION.at(field, key=True, annotation=name, hint=_meant(name))
        return
    if definition.deprecated and not (name == INJECT and INJECT in metadata["labels"].mapping):
        instead = _INSTEAD.get(name, "")
        yield DEPRECATED_ANNOTATION.at(
            field, key=True, annotation=name, hint=instead or "remove it: newer releases may ignore it"
        )
    if not definition.counts_on(kind):
        # A Gateway hands its annotations to the Service and the pods that are made for it.
        if not (field.resource.kind is KUBERNETES_GATEWAY and {"Pod", "Service"} & set(definition.kinds)):
            yield MISPLACED_ANNOTATION.at(
                field, key=True, annotation=name, found=_a(kind), kinds=definition.kinds, hint=_place(definition.kinds)
            )
        return
    problem = value_problem(name, field.text) if isinstance(field.value, str) else None
    if problem:
        yield INVALID_ANNOTATION.at(field, annotation=name, problem=problem)


def _meant(name: str) -> str:
    if name in istio_labels():
        return "Istio reads it as a label: move it to metadata.labels"
    close = closest(name, (known for known, definition in istio_annotations().items() if not definition.hidden))
    return f"did you mean {close}?" if close else "remove it, or look its name up in Istio's list of annotations"


def _place(kinds: tuple[str, ...]) -> str:
    if "Pod" in kinds:
        return "move it to the metadata of the pod; in a controller that is spec.template.metadata"
    return f"move it to the metadata of the {' or the '.join(kinds)}, or remove it"


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'AEIOU' else 'a'} {kind}"
