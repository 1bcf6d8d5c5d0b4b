"""ProxyConfig (networking.istio.io) and what can be asked of one."""

from __future__ import annotations

from meshctl.model.kind import Kind

PROXY_CONFIG = Kind("networking.istio.io", "ProxyConfig", versions=("v1beta1",))
