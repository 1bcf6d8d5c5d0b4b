"""UDPRoute (gateway.networking.k8s.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

UDP_ROUTE = Kind("gateway.networking.k8s.io", "UDPRoute", versions=("v1", "v1alpha2"))
