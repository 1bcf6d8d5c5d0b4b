"""ClusterRole (rbac.authorization.k8s.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

CLUSTER_ROLE = Kind("rbac.authorization.k8s.io", "ClusterRole", namespaced=False)
