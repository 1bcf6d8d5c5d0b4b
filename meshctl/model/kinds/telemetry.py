"""Telemetry (telemetry.istio.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind
from meshctl.model.resource import Resource

TELEMETRY = Kind("telemetry.istio.io", "Telemetry", "telemetries", versions=("v1", "v1alpha1"))


def for_namespace(telemetry: Resource) -> bool:
    """Whether it holds for its whole namespace (in the root namespace: for the mesh): nothing selects workloads."""
    spec = telemetry.spec
    return not (spec["selector"]["matchLabels"] or spec["targetRef"] or spec["targetRefs"])
