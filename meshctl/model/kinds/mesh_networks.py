"""MeshNetworks (mesh) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

MESH_NETWORKS = Kind("mesh", "MeshNetworks", "meshnetworks", versions=("v1alpha1",))
