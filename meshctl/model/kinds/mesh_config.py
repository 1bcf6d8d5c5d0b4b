"""MeshConfig (mesh) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

MESH_CONFIG = Kind("mesh", "MeshConfig", versions=("v1alpha1",))
