"""AuthorizationPolicy (security.istio.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

AUTHORIZATION_POLICY = Kind(
    "security.istio.io", "AuthorizationPolicy", "authorizationpolicies", versions=("v1", "v1beta1")
)
