"""ReferenceGrant (gateway.networking.k8s.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

REFERENCE_GRANT = Kind("gateway.networking.k8s.io", "ReferenceGrant", versions=("v1", "v1beta1"))
