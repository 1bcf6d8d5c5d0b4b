"""TrafficExtension (extensions.istio.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

TRAFFIC_EXTENSION = Kind("extensions.istio.io", "TrafficExtension", versions=("v1alpha1",))
