"""WorkloadEntry (networking.istio.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

WORKLOAD_ENTRY = Kind("networking.istio.io", "WorkloadEntry", "workloadentries", versions=("v1", "v1beta1", "v1alpha3"))
