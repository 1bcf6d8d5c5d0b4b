"""HTTPRoute (gateway.networking.k8s.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

HTTP_ROUTE = Kind("gateway.networking.k8s.io", "HTTPRoute", versions=("v1", "v1beta1"))
