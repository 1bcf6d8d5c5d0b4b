"""TLSRoute (gateway.networking.k8s.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

TLS_ROUTE = Kind("gateway.networking.k8s.io", "TLSRoute", versions=("v1", "v1alpha3", "v1alpha2"))
