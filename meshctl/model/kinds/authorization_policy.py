"""AuthorizationPolicy (security.istio.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind
from meshctl.model.resource import Resource

AUTHORIZATION_POLICY = Kind(
    "security.istio.io", "AuthorizationPolicy", "authorizationpolicies", versions=("v1", "v1beta1")
)

DRY_RUN = "istio.io/dry-run"
"""Annotation: the policy is only tried, and decides nothing."""

_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})


def action(policy: Resource) -> str:
    """What the policy does with a request that one of its rules fits: ALLOW, DENY, AUDIT or CUSTOM."""
    return policy.spec["action"].text or "ALLOW"


def is_dry_run(policy: Resource) -> bool:
    """Whether the policy is only tried."""
    found = policy.annotations.get(DRY_RUN)
    return isinstance(found, str) and found in _TRUE
