"""GRPCRoute (gateway.networking.k8s.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

GRPC_ROUTE = Kind("gateway.networking.k8s.io", "GRPCRoute")
