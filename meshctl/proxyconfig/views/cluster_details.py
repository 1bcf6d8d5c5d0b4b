"""What `-o wide` says about a cluster: how requests are sent to its endpoints."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from meshctl.proxyconfig.clusters import CircuitBreakers, Cluster, OutlierDetection
from meshctl.proxyconfig.envoy import Extension, decode

DETAILS = ("STATE", "PROTOCOL", "TLS MODE", "LB POLICY", "CONNECT TIMEOUT", "CIRCUIT BREAKERS", "OUTLIER DETECTION")

_HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
_TLS = "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"
_WORKLOAD_CERTIFICATE = "default"
_NO_LIMIT = 4294967295  # how istiod says that there is none


_NOTHING = msgspec.Raw()


class _HttpOptions(Struct, frozen=True):
    use_downstream_protocol_config: msgspec.Raw = _NOTHING
    auto_config: msgspec.Raw = _NOTHING
    explicit_http_config: dict[str, msgspec.Raw] = {}


class _SecretName(Struct, frozen=True):
    name: str = ""


class _CommonTlsContext(Struct, frozen=True):
    tls_certificate_sds_secret_configs: list[_SecretName] = []
    tls_certificates: list[msgspec.Raw] = []


class _TlsContext(Struct, frozen=True):
    common_tls_context: _CommonTlsContext = _CommonTlsContext()


class _Wrapper(Struct, frozen=True):
    """A transport socket around another one, as that of the PROXY protocol."""

    transport_socket: Extension | None = None


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
    found = decode(options, _HttpOptions) if options else _HttpOptions()
    if found.use_downstream_protocol_config:
        return "as the client"
    if found.auto_config:
        return "negotiated"
    explicit = found.explicit_http_config
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
    """The mode of a transport socket, or of the one that it wraps."""
    if socket is not None and socket.type != _TLS and socket.typed_config:
        socket = decode(socket.typed_config, _Wrapper).transport_socket
    if socket is None or socket.type != _TLS:
        return "DISABLE"
    common = decode(socket.typed_config, _TlsContext).common_tls_context
    certificates = [secret.name for secret in common.tls_certificate_sds_secret_configs]
    if certificates == [_WORKLOAD_CERTIFICATE]:
        return "ISTIO_MUTUAL"
    return "MUTUAL" if certificates or common.tls_certificates else "SIMPLE"


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
