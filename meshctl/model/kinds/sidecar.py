"""Sidecar (networking.istio.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

SIDECAR = Kind("networking.istio.io", "Sidecar", versions=("v1", "v1beta1", "v1alpha3"))
