"""Telemetry (telemetry.istio.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

TELEMETRY = Kind("telemetry.istio.io", "Telemetry", "telemetries", versions=("v1", "v1alpha1"))
