"""`proxy-config listener`: the addresses, and where each kind of connection goes."""

from __future__ import annotations

from meshctl.proxyconfig.dump import ConfigDump, Entry, State
from meshctl.proxyconfig.envoy import Extension, decode
from meshctl.proxyconfig.errors import NothingFoundError
from meshctl.proxyconfig.go_order import go_ordered, go_sorted
from meshctl.proxyconfig.listeners import FilterChain, FilterChainMatch, Listener
from meshctl.proxyconfig.network_filters import (
    HTTP_CONNECTION_MANAGER,
    TCP_PROXY,
    HttpConnectionManager,
    TcpProxy,
    tcp_proxy,
)
from meshctl.proxyconfig.routes import RouteConfiguration
from meshctl.proxyconfig.view import Filters, View
from meshctl.proxyconfig.views.listener_details import DETAILS, details, source_text, weighted_clusters_text
from meshctl.proxyconfig.views.route_match import path_text

Item = Entry[Listener]

COLUMNS = ("ADDRESSES", "PORT", "MATCH", "DESTINATION")
TYPE_COLUMNS = ("ADDRESSES", "PORT", "TYPE")

_PROTOCOLS = {
    ("http/1.0", "http/1.1", "h2c", "istio-http/1.0", "istio-http/1.1", "istio-h2"): "HTTP TLS",
    ("istio", "istio-http/1.0", "istio-http/1.1", "istio-h2"): "Istio HTTP Plain",
    ("istio-peer-exchange", "istio"): "TCP TLS",
    ("http/1.0", "http/1.1", "h2c"): "HTTP",
}
"""Lists of application protocols that have a name of their own in the table."""


def select(dump: ConfigDump, filters: Filters) -> list[Item]:
    """The listeners with such an address, port and type, in the order of the dump."""
    found = [entry for entry in dump.listeners if filters.every_state or entry.state in (State.ACTIVE, State.STATIC)]
    if not found:
        raise NothingFoundError("no listeners found")
    return [entry for entry in found if _is_wanted(entry.resource, filters)]


def _is_wanted(listener: Listener, filters: Filters) -> bool:
    if filters.address and filters.address.lower() not in [text.lower() for text in addresses(listener)]:
        return False
    if filters.port and filters.port != listener.address.port:
        return False
    if filters.type and filters.type.upper() != listener_type(listener):
        return False
    return not filters.destination or any(_leads_to(chain, filters.destination) for chain in listener.chains)


def _leads_to(chain: FilterChain, wanted: str) -> bool:
    """Whether the destination of a chain, or one of several clusters that share its connections, has such a name."""
    if wanted in destination(chain):
        return True
    proxies = (tcp_proxy(filter_) for filter_ in chain.filters)
    return any(
        wanted in cluster.name
        for proxy in proxies
        if proxy and proxy.weighted_clusters
        for cluster in proxy.weighted_clusters.clusters
    )


def ordered(items: list[Item]) -> list[Item]:
    """By port, address and type."""
    return go_sorted(
        items,
        lambda item: (
            item.resource.address.port,
            ",".join(addresses(item.resource)),
            listener_type(item.resource),
        ),
    )


def rows(item: Item, filters: Filters) -> list[tuple[str, ...]]:
    """A row for each filter chain, ordered by where it leads; or one with the type of all."""
    listener = item.resource
    start = _start(listener)
    if not filters.verbose:
        return [(*start, listener_type(listener))]
    return [(*start, *row) for row, _ in _chain_rows(listener, filters)]


def wide_rows(item: Item, filters: Filters) -> list[tuple[str, ...]]:
    """A row for each filter chain with its filters; one for a listener that has none."""
    listener = item.resource
    state = (str(item.state), listener.traffic_direction.lower())
    found = [
        (*_start(listener), _whole_match(match, chain), weighted_clusters_text(chain) or place, *state, *details(chain))
        for (match, place), chain in _chain_rows(listener, filters)
    ]
    nothing = ["-"] * (len(DETAILS) - len(state))
    return found or [(*_start(listener), "-", item.name, *state, *nothing)]


def _whole_match(match: str, chain: FilterChain) -> str:
    source = source_text(chain.filter_chain_match)
    return source if source and match == "ALL" else "; ".join(filter(None, (match, source)))


def _start(listener: Listener) -> tuple[str, str]:
    return ",".join(addresses(listener)), str(listener.address.port)


def _chain_rows(listener: Listener, filters: Filters) -> list[tuple[tuple[str, str], FilterChain]]:
    found = [
        ((match_text(chain.filter_chain_match), destination(chain)), chain)
        for chain in listener.chains
        if not filters.destination or _leads_to(chain, filters.destination)
    ]
    return go_ordered(found, lambda first, second: first[0][1] > second[0][1])


def addresses(listener: Listener) -> list[str]:
    """The addresses of a listener without ports; that of an internal listener is empty."""
    return [address.pipe.path if address.pipe else address.host for address in listener.addresses]


def listener_type(listener: Listener) -> str:
    """What the filter chains speak, all in all."""
    filters = [filter_ for chain in listener.chains for filter_ in chain.filters]
    http = any(filter_.name == HTTP_CONNECTION_MANAGER for filter_ in filters)
    tcp = any(filter_.name == TCP_PROXY and not _is_black_hole(filter_) for filter_ in filters)
    return "HTTP+TCP" if http and tcp else "HTTP" if http else "TCP" if tcp else "UNKNOWN"


def _is_black_hole(filter_: Extension) -> bool:
    return b"BlackHoleCluster" in bytes(filter_.typed_config)


def match_text(match: FilterChainMatch) -> str:
    """What a connection must have for a filter chain."""
    parts = []
    if match.server_names:
        parts.append(f"SNI: {','.join(match.server_names)}")
    if match.transport_protocol:
        parts.append(f"Trans: {match.transport_protocol}")
    if match.application_protocols:
        known = _PROTOCOLS.get(tuple(match.application_protocols))
        parts.append(f"App: {known or ','.join(match.application_protocols)}")
    port = "" if match.destination_port is None else f":{match.destination_port}"
    if match.prefix_ranges:
        parts.append(f"Addr: {','.join(str(part) for part in match.prefix_ranges)}{port}")
    elif port:
        parts.append(f"Addr: *{port}")
    return "; ".join(parts) or "ALL"


def destination(chain: FilterChain) -> str:
    """Where the first filter that sends connections on sends them to."""
    for filter_ in chain.filters:
        if filter_.name == HTTP_CONNECTION_MANAGER:
            manager = (
                decode(filter_.typed_config, HttpConnectionManager) if filter_.typed_config else HttpConnectionManager()
            )
            if manager.route_config is not None:
                return _inline_routes(manager.route_config)
            return (
                f"Route: {manager.rds.route_config_name}" if manager.rds and manager.rds.route_config_name else "HTTP"
            )
        if filter_.name == TCP_PROXY and not _is_black_hole(filter_):
            proxy = decode(filter_.typed_config, TcpProxy) if filter_.typed_config else TcpProxy()
            return _cluster_text(proxy.cluster)
    return "Non-HTTP/Non-TCP"


def _cluster_text(cluster: str) -> str:
    return cluster if "Cluster" in cluster else f"Cluster: {cluster}"


def _inline_routes(configuration: RouteConfiguration) -> str:
    hosts = configuration.virtual_hosts
    if len(hosts) == 1 and hosts[0].domains == ["*"] and len(hosts[0].routes) == 1:
        [route] = hosts[0].routes
        if route.match.prefix == "/" and route.route and route.route.cluster:
            return _cluster_text(route.route.cluster)
    return "Inline Route: " + "; ".join(
        _domains_prefix(host.domains) + ", ".join(path_text(route.match) for route in host.routes) for host in hosts
    )


def _domains_prefix(domains: list[str]) -> str:
    return f"{'/'.join(domains)} " if domains and domains != ["*"] else ""


VIEW: View[Item] = View(
    name="listener",
    columns=lambda filters: COLUMNS if filters.verbose else TYPE_COLUMNS,
    select=select,
    ordered=ordered,
    rows=rows,
    resource_name=lambda item: item.resource.name,
    raw=lambda item: item.raw,
    gap=1,
    wide_columns=DETAILS,
    wide_rows=wide_rows,
    name_column="NAME",
)
