"""Policies attached to something that does not exist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import UNKNOWN_TARGET, Message
from meshctl.model.kind import Kind
from meshctl.model.kinds.authorization_policy import AUTHORIZATION_POLICY
from meshctl.model.kinds.envoy_filter import ENVOY_FILTER
from meshctl.model.kinds.gateway_class import GATEWAY_CLASS
from meshctl.model.kinds.kubernetes_gateway import KUBERNETES_GATEWAY
from meshctl.model.kinds.request_authentication import REQUEST_AUTHENTICATION
from meshctl.model.kinds.service import SERVICE
from meshctl.model.kinds.service_entry import SERVICE_ENTRY
from meshctl.model.kinds.telemetry import TELEMETRY
from meshctl.model.kinds.traffic_extension import TRAFFIC_EXTENSION
from meshctl.model.kinds.wasm_plugin import WASM_PLUGIN
from meshctl.model.policy_scope import target_refs
from meshctl.model.snapshot import Snapshot

_POLICIES = (AUTHORIZATION_POLICY, REQUEST_AUTHENTICATION, TELEMETRY, WASM_PLUGIN, TRAFFIC_EXTENSION, ENVOY_FILTER)

_TARGETS: Mapping[tuple[str, str], Kind] = {
    ("gateway.networking.k8s.io", "Gateway"): KUBERNETES_GATEWAY,
    ("gateway.networking.k8s.io", "GatewayClass"): GATEWAY_CLASS,
    ("", "Service"): SERVICE,
    ("core", "Service"): SERVICE,
    ("networking.istio.io", "ServiceEntry"): SERVICE_ENTRY,
}

_CLASSES = frozenset({"istio", "istio-remote", "istio-waypoint", "istio-east-west"})
"""Gateway classes that the control plane makes by itself."""


@analyzer("policy.TargetAnalyzer", inputs={*_POLICIES, *_TARGETS.values()}, emits={UNKNOWN_TARGET})
def policy_target(mesh: Snapshot) -> Iterator[Message]:
    """Checks that what policies name in targetRefs exists."""
    for kind in _POLICIES:
        for policy in mesh[kind]:
            for reference in target_refs(policy):
                target = _TARGETS.get((reference["group"].text, reference["kind"].text))
                name = reference["name"]
                if target is None or not name.text or (target is GATEWAY_CLASS and name.text in _CLASSES):
                    continue
                namespace = policy.namespace if target.namespaced else ""
                if mesh.find(target, namespace, name.text) is None:
                    where = f" in namespace {namespace}" if namespace else ""
                    yield UNKNOWN_TARGET.at(name, needs=(target,), kind=target.name, name=name.text, where=where)
