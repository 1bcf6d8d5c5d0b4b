"""Names of Envoy's filters and types, as patches of an EnvoyFilter write them."""

from __future__ import annotations

import re
from collections.abc import Mapping

CONNECTION_MANAGERS = frozenset({"envoy.filters.network.http_connection_manager", "envoy.http_connection_manager"})
"""Network filters that hold HTTP filters."""

_HTTP = (
    "buffer cors csrf fault grpc_http1_bridge grpc_json_transcoder grpc_web gzip health_check ip_tagging lua"
    " router squash"
)
_NETWORK = "client_ssl_auth http_connection_manager mongo_proxy ratelimit redis_proxy tcp_proxy"
_LISTENER = "http_inspector original_dst original_src proxy_protocol tls_inspector"

DEPRECATED: Mapping[str, str] = {
    **{f"envoy.{name}": f"envoy.filters.http.{name}" for name in _HTTP.split()},
    "envoy.http_dynamo_filter": "envoy.filters.http.dynamo",
    "envoy.rate_limit": "envoy.filters.http.ratelimit",
    **{f"envoy.{name}": f"envoy.filters.network.{name}" for name in _NETWORK.split()},
    **{f"envoy.listener.{name}": f"envoy.filters.listener.{name}" for name in _LISTENER.split()},
    "envoy.ext_authz": "envoy.filters.http.ext_authz or envoy.filters.network.ext_authz",
}
"""Old names of filters, and what they are called now."""

EXTENSION_FIELDS: Mapping[str, frozenset[str]] = {
    "HTTP_FILTER": frozenset({"name", "typed_config", "config_discovery", "is_optional", "disabled"}),
    "NETWORK_FILTER": frozenset({"name", "typed_config", "config_discovery"}),
    "LISTENER_FILTER": frozenset({"name", "typed_config", "config_discovery", "filter_disabled"}),
    "EXTENSION_CONFIG": frozenset({"name", "typed_config"}),
}
"""The fields of those parts of Envoy's configuration that are an extension, given by its name and configuration."""

_OLD_VERSION = re.compile(r"v2(alpha\d*)?")


def snake_case(name: str) -> str:
    """The name of a field in Protocol Buffers, of which `typedConfig` is another spelling."""
    return re.sub(r"[A-Z]", lambda found: f"_{found[0].lower()}", name)


def type_url(text: str) -> str:
    """The `@type` of a configuration, in the third version of Envoy's API."""
    if not text:
        return 'is missing: name the type, as "type.googleapis.com/envoy..."'
    name = text.rpartition("/")[2]
    if "/" not in text or "." not in name:
        return "names no type: write type.googleapis.com/ and its full name"
    parts = name.split(".")
    if parts[0] == "envoy" and any(_OLD_VERSION.fullmatch(part) for part in parts):
        return "is of version 2 of Envoy's API, which is gone: use the v3 type"
    return ""
