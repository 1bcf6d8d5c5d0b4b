"""What `-o wide` says about a filter chain: its name, its filters, and TLS."""

from __future__ import annotations

from meshctl.proxyconfig.envoy import Extension
from meshctl.proxyconfig.listeners import FilterChain
from meshctl.proxyconfig.network_filters import http_connection_manager, tcp_proxy

DETAILS = ("STATE", "DIRECTION", "CHAIN", "TLS", "FILTERS", "HTTP FILTERS")

_TLS = "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"


def details(chain: FilterChain) -> tuple[str, ...]:
    """The cells of a filter chain behind state and direction."""
    managers = (http_connection_manager(filter_) for filter_ in chain.filters)
    inner = next((manager.http_filters for manager in managers if manager), [])
    return chain.name or "-", tls_text(chain.transport_socket), _names(chain.filters), _names(inner)


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
