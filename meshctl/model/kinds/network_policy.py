"""NetworkPolicy (networking.k8s.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

NETWORK_POLICY = Kind("networking.k8s.io", "NetworkPolicy", "networkpolicies")
