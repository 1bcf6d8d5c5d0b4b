"""EnvoyFilter (networking.istio.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

ENVOY_FILTER = Kind("networking.istio.io", "EnvoyFilter", versions=("v1alpha3",))
