"""XBackend (gateway.networking.x-k8s.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

X_BACKEND = Kind("gateway.networking.x-k8s.io", "XBackend", versions=("v1alpha1",))
