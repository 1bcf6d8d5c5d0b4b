"""XMesh (gateway.networking.x-k8s.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

X_MESH = Kind("gateway.networking.x-k8s.io", "XMesh", "xmeshes", versions=("v1alpha1",), namespaced=False)
