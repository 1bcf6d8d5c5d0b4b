"""Gateway of the Gateway API (gateway.networking.k8s.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

KUBERNETES_GATEWAY = Kind("gateway.networking.k8s.io", "Gateway", versions=("v1", "v1beta1"))
