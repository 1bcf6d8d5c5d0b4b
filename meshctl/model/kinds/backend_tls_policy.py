"""BackendTLSPolicy (gateway.networking.k8s.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

BACKEND_TLS_POLICY = Kind(
    "gateway.networking.k8s.io", "BackendTLSPolicy", "backendtlspolicies", versions=("v1", "v1alpha3")
)
