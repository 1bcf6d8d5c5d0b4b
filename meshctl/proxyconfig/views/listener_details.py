"""What `-o wide` says about a filter chain: its name, its filters, TLS, what is logged and traced, and sources."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from meshctl.proxyconfig.envoy import Extension, decode
from meshctl.proxyconfig.listeners import FilterChain, FilterChainMatch
from meshctl.proxyconfig.network_filters import AccessLog, Tracing, http_connection_manager, tcp_proxy

DETAILS = ("STATE", "DIRECTION", "CHAIN", "TLS", "FILTERS", "HTTP FILTERS", "ACCESS LOG", "TRACING")

_TLS = "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"


class _EnvoyGrpc(Struct, frozen=True):
    cluster_name: str = ""


class _GrpcService(Struct, frozen=True):
    envoy_grpc: _EnvoyGrpc = _EnvoyGrpc()


class _CommonConfig(Struct, frozen=True):
    grpc_service: _GrpcService = _GrpcService()


class _LogConfig(Struct, frozen=True):
    """What access logs of all kinds say of where they go: a file, or a cluster that speaks gRPC."""

    path: str = ""
    common_config: _CommonConfig | None = None
    grpc_service: _GrpcService = _GrpcService()


def details(chain: FilterChain) -> tuple[str, ...]:
    """The cells of a filter chain behind state and direction."""
    manager = next(filter(None, map(http_connection_manager, chain.filters)), None)
    proxy = next(filter(None, map(tcp_proxy, chain.filters)), None)
    logs = manager.access_log if manager else proxy.access_log if proxy else []
    return (
        chain.name or "-",
        tls_text(chain.transport_socket),
        _names(chain.filters),
        _names(manager.http_filters if manager else []),
        ",".join(map(_log_text, logs)) or "-",
        _tracing_text(manager.tracing) if manager and manager.tracing else "-",
    )


def source_text(match: FilterChainMatch) -> str:
    """What a filter chain asks of where connections come from, which istioctl's tables leave out; empty for nothing."""
    parts = []
    if match.source_type != "ANY":
        parts.append("from itself" if match.source_type == "SAME_IP_OR_LOOPBACK" else "from outside")
    if match.source_prefix_ranges:
        parts.append(f"from {','.join(map(str, match.source_prefix_ranges))}")
    if match.direct_source_prefix_ranges:
        parts.append(f"directly from {','.join(map(str, match.direct_source_prefix_ranges))}")
    if match.source_ports:
        parts.append(f"from ports {','.join(map(str, match.source_ports))}")
    return "; ".join(parts)


def weighted_clusters_text(chain: FilterChain) -> str:
    """The clusters that share the connections of a chain, with their shares; empty for a single one."""
    for proxy in map(tcp_proxy, chain.filters):
        if proxy and proxy.weighted_clusters:
            parts = proxy.weighted_clusters.clusters
            total = sum(part.weight for part in parts) or 1
            return "Clusters: " + ", ".join(f"{part.name} {part.weight * 100 / total:.4g}%" for part in parts)
    return ""


def tls_text(socket: Extension | None) -> str:
    """Whether connections of a chain are encrypted, and whether clients must show a certificate."""
    if socket is None or socket.type != _TLS:
        return "-"
    return "mutual" if socket.config.get("require_client_certificate") else "simple"


def _names(filters: list[Extension]) -> str:
    """The names of filters in order, without the words that all of them begin with."""
    return ",".join(_short(filter_.name) + ("(off)" if filter_.disabled else "") for filter_ in filters) or "-"


def _short(name: str) -> str:
    for start in ("envoy.filters.network.", "envoy.filters.http.", "istio.filters.", "envoy."):
        if name.startswith(start):
            return name.removeprefix(start)
    return name


def _log_text(log: AccessLog) -> str:
    """The kind of an access log and where it goes; `(some)` where a filter chooses what is logged."""
    config = decode(log.typed_config, _LogConfig) if log.typed_config else _LogConfig()
    service = config.common_config.grpc_service if config.common_config else config.grpc_service
    place = config.path or service.envoy_grpc.cluster_name
    kind = log.name.removeprefix("envoy.access_loggers.")
    return " ".join(filter(None, (kind, place, "(some)" if log.filter else "")))


def _tracing_text(raw: msgspec.Raw) -> str:
    """The share of requests that are traced, and by which tracer where the filter says so."""
    tracing = decode(raw, Tracing)
    share = 100.0 if tracing.random_sampling is None else tracing.random_sampling.value
    name = tracing.provider.name.removeprefix("envoy.tracers.") if tracing.provider else ""
    return f"{name} {share:g}%".lstrip()
