"""HorizontalPodAutoscaler (autoscaling) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

HORIZONTAL_POD_AUTOSCALER = Kind("autoscaling", "HorizontalPodAutoscaler", versions=("v2", "v1"))
