"""EndpointSlice (discovery.k8s.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

ENDPOINT_SLICE = Kind("discovery.k8s.io", "EndpointSlice")
