"""PodDisruptionBudget (policy) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

POD_DISRUPTION_BUDGET = Kind("policy", "PodDisruptionBudget")
