"""IstioOperator (install.istio.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

ISTIO_OPERATOR = Kind("install.istio.io", "IstioOperator", versions=("v1alpha1",))
