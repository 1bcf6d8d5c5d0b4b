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

TYPE_OF: Mapping[str, str] = {
    "BOOTSTRAP": "envoy.config.bootstrap.v3.Bootstrap",
    "CLUSTER": "envoy.config.cluster.v3.Cluster",
    "EXTENSION_CONFIG": "envoy.config.core.v3.TypedExtensionConfig",
    "FILTER_CHAIN": "envoy.config.listener.v3.FilterChain",
    "HTTP_FILTER": "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter",
    "HTTP_ROUTE": "envoy.config.route.v3.Route",
    "LISTENER": "envoy.config.listener.v3.Listener",
    "LISTENER_FILTER": "envoy.config.listener.v3.ListenerFilter",
    "NETWORK_FILTER": "envoy.config.listener.v3.Filter",
    "ROUTE_CONFIGURATION": "envoy.config.route.v3.RouteConfiguration",
    "VIRTUAL_HOST": "envoy.config.route.v3.VirtualHost",
}
"""The types of Envoy that the parts of its configuration have."""

_CONTRIBUTED = """
    bootstrap.hyperscan bootstrap.reverse_connection clusters.dns_srv clusters.reverse_connection
    compression.compressor.igzip compression.qatzip compression.qatzstd config.v3alpha dlb
    filters.common.workload_discovery filters.http.alpn filters.http.checksum filters.http.client_cert
    filters.http.dynamo filters.http.golang filters.http.gzip filters.http.istio_stats filters.http.kill_request
    filters.http.language filters.http.mcp_sse_stateful_session filters.http.peak_ewma filters.http.peer_metadata
    filters.http.proto_message_logging filters.http.reverse_conn filters.http.squash filters.http.sxg
    filters.http.ws_local_ratelimit filters.listener.postgres_inspector filters.listener.reverse_connection
    filters.network.client_ssl_auth filters.network.generic_proxy filters.network.golang filters.network.kafka_broker
    filters.network.kafka_mesh filters.network.ldap_proxy filters.network.metadata_exchange
    filters.network.mysql_proxy filters.network.peer_metadata filters.network.postgres_proxy
    filters.network.rocketmq_proxy filters.network.rust_echo filters.network.sip_proxy filters.network.smtp_proxy
    grpc_service http.cluster_specifier.golang http.mcp_sse_stateful_session http.sse_stateful_session
    http.stateful_session.mcp_sse hyperscan injected_credentials load_balancing_policies.peak_ewma
    load_balancing_policies.per_worker_subset load_balancing_policies.pick_first matching.input_matchers.hyperscan
    network.connection_balance outlier_detection_monitors private_key_providers rbac.audit_loggers
    regex_engines.hyperscan reverse_connection reverse_tunnel_reporters router.cluster_specifier.golang
    stat_sinks.kafka stat_sinks.wasm_filter tap_sinks.udp_sink tracers.fluentd transport_sockets.istio_internal_upstream
    transport_sockets.s2a transport_sockets.ssl_handshaker upstreams.http.tcp.golang vcl xds
"""

ELSEWHERE = (
    *(f"envoy.extensions.{package}." for package in _CONTRIBUTED.split()),
    "envoy.config.grpc_credential.",
    "envoy.config.trace.v3.OpenCensus",
    "io.istio.",
    "istio.",
    "stats.",
)
"""Beginnings of types that are real although an Envoy without contributed extensions does not have them."""

_OLD_VERSION = re.compile(r"v2(alpha\d*)?")


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
