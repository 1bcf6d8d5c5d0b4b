"""Policies of other kinds than AuthorizationPolicy whose selector selects nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import NO_MATCHING_WORKLOADS, Message
from meshctl.model.kind import Kind
from meshctl.model.kinds.envoy_filter import ENVOY_FILTER
from meshctl.model.kinds.istio_operator import ISTIO_OPERATOR
from meshctl.model.kinds.mesh_config import MESH_CONFIG
from meshctl.model.kinds.peer_authentication import PEER_AUTHENTICATION
from meshctl.model.kinds.proxy_config import PROXY_CONFIG
from meshctl.model.kinds.request_authentication import REQUEST_AUTHENTICATION
from meshctl.model.kinds.traffic_extension import TRAFFIC_EXTENSION
from meshctl.model.kinds.wasm_plugin import WASM_PLUGIN
from meshctl.model.mesh_settings import mesh_settings
from meshctl.model.policy_scope import SCOPE_KINDS, SELECTABLE_KINDS, has_target_refs, peopled_namespaces, selectable
from meshctl.model.selectors import selector_text
from meshctl.model.snapshot import Snapshot

_SELECTORS: Mapping[Kind, tuple[str, str]] = {
    PEER_AUTHENTICATION: ("selector", "matchLabels"),
    REQUEST_AUTHENTICATION: ("selector", "matchLabels"),
    WASM_PLUGIN: ("selector", "matchLabels"),
    TRAFFIC_EXTENSION: ("selector", "matchLabels"),
    PROXY_CONFIG: ("selector", "matchLabels"),
    ENVOY_FILTER: ("workloadSelector", "labels"),
}
"""Where each kind has its selector. Sidecar and Telemetry, which have one too, are checked by Istio's own analyzers."""


@analyzer(
    "policy.SelectorAnalyzer",
    inputs={*_SELECTORS, MESH_CONFIG, ISTIO_OPERATOR, *SCOPE_KINDS},
    emits={NO_MATCHING_WORKLOADS},
)
def policy_selector(mesh: Snapshot) -> Iterator[Message]:
    """Checks that the selectors of policies select workloads in the mesh."""
    root = mesh_settings(mesh).root_namespace
    workloads = selectable(mesh)
    for kind, path in _SELECTORS.items():
        for policy in mesh[kind]:
            selector = policy.spec[path[0]]
            labels = selector[path[1]].mapping
            if not labels or has_target_refs(policy):
                continue
            within = workloads.everywhere if policy.namespace == root else workloads.within(policy.namespace)
            if not within.any(labels):
                yield NO_MATCHING_WORKLOADS.at(
                    selector,
                    needs=SELECTABLE_KINDS,
                    proven=policy.namespace in peopled_namespaces(mesh),
                    labels=selector_text(labels),
                )
