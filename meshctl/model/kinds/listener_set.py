"""ListenerSet (gateway.networking.k8s.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

LISTENER_SET = Kind("gateway.networking.k8s.io", "ListenerSet")
