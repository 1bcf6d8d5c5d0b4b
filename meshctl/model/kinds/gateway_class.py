"""GatewayClass (gateway.networking.k8s.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

GATEWAY_CLASS = Kind(
    "gateway.networking.k8s.io", "GatewayClass", "gatewayclasses", versions=("v1", "v1beta1"), namespaced=False
)
