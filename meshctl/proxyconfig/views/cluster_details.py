"""What `-o wide` says about a cluster: how requests are sent to its endpoints."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from meshctl.proxyconfig.clusters import CircuitBreakers, Cluster, OutlierDetection
from meshctl.proxyconfig.envoy import Extension, decoded

DETAILS = ("STATE", "PROTOCOL", "TLS MODE", "LB POLICY", "CONNECT TIMEOUT", "CIRCUIT BREAKERS", "OUTLIER DETECTION")

_HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
_TLS = "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"
_WORKLOAD_CERTIFICATE = "default"
_NO_LIMIT = 4294967295  # how istiod says that there is none


def details(cluster: Cluster) -> tuple[str, ...]:
    """The cells of a cluster behind its state."""
    return (
        protocol(cluster),
        tls_mode(cluster),
        cluster.lb_policy,
        cluster.connect_timeout,
        circuit_breakers_text(cluster.circuit_breakers),
        outlier_detection_text(cluster.outlier_detection),
    )


def protocol(cluster: Cluster) -> str:
    """What is spoken with the endpoints; `-` for plain TCP, or HTTP/1.1 where routes lead there."""
    options = cluster.typed_extension_protocol_options.get(_HTTP_OPTIONS)
    found: dict[str, Any] = (decoded(options) if options else None) or {}
    if "use_downstream_protocol_config" in found:
        return "as the client"
    if "auto_config" in found:
        return "negotiated"
    explicit = found.get("explicit_http_config", {})
    if "http2_protocol_options" in explicit:
        return "HTTP/2"
    return "HTTP/3" if "http3_protocol_options" in explicit else "HTTP/1.1" if explicit else "-"


def tls_mode(cluster: Cluster) -> str:
    """The mode in the words of a DestinationRule; several where the labels of an endpoint decide."""
    if cluster.transport_socket_matches:
        modes = dict.fromkeys(socket_mode(match.transport_socket) for match in cluster.transport_socket_matches)
        return " or ".join(modes)
    return socket_mode(cluster.transport_socket)


def socket_mode(socket: Extension | None) -> str:
    """The mode of a transport socket."""
    if socket is None or socket.type != _TLS:
        inner = decoded(socket.typed_config) if socket and socket.typed_config else None
        within = inner.get("transport_socket") if isinstance(inner, dict) else None
        if isinstance(within, dict) and within.get("typed_config", {}).get("@type", "").endswith(_TLS):
            return _tls_context_mode(within["typed_config"])
        return "DISABLE"
    return _tls_context_mode(socket.config)


def _tls_context_mode(context: dict[str, Any]) -> str:
    common = context.get("common_tls_context", {})
    certificates = [item.get("name", "") for item in common.get("tls_certificate_sds_secret_configs", [])]
    if certificates == [_WORKLOAD_CERTIFICATE]:
        return "ISTIO_MUTUAL"
    return "MUTUAL" if certificates or common.get("tls_certificates") else "SIMPLE"


def circuit_breakers_text(breakers: CircuitBreakers | None) -> str:
    """The limits that are set, by priority of requests where it is not the default one."""
    found = []
    for part in breakers.thresholds if breakers else []:
        limits = _pairs(
            (
                ("connections", part.max_connections),
                ("pending", part.max_pending_requests),
                ("requests", part.max_requests),
                ("retries", part.max_retries),
                ("pools", part.max_connection_pools),
            )
        )
        if limits:
            found.append(limits if part.priority == "DEFAULT" else f"{part.priority}: {limits}")
    return "; ".join(found) or "-"


def outlier_detection_text(detection: OutlierDetection | None) -> str:
    """When an endpoint is left out, and for how long."""
    if detection is None:
        return "-"
    found = _pairs(
        (
            ("5xx", detection.consecutive_5xx),
            ("gateway", detection.consecutive_gateway_failure),
            ("local", detection.consecutive_local_origin_failure),
            ("interval", detection.interval),
            ("ejection", detection.base_ejection_time),
            ("max", f"{detection.max_ejection_percent}%" if detection.max_ejection_percent is not None else ""),
        )
    )
    return found or "Envoy's defaults"


def _pairs(pairs: Iterable[tuple[str, int | str | None]]) -> str:
    return " ".join(f"{name}={value}" for name, value in pairs if value not in (None, "", _NO_LIMIT))
