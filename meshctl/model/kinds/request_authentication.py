"""RequestAuthentication (security.istio.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

REQUEST_AUTHENTICATION = Kind("security.istio.io", "RequestAuthentication", versions=("v1", "v1beta1"))
