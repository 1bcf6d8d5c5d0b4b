"""Which address an application connects to when it names a host, out of what the proxy knows of services."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from meshctl.proxyconfig.dump import ConfigDump
from meshctl.proxyconfig.envoy import decoded, plain_data
from meshctl.proxyconfig.listeners import FilterChain, Listener
from meshctl.proxyconfig.names import ClusterName
from meshctl.proxyconfig.network_filters import HttpConnectionManager, http_connection_manager, tcp_proxy
from meshctl.proxyconfig.routes import RouteConfiguration
from meshctl.proxyconfig.sections import BOOTSTRAP, ROUTES
from meshctl.proxyconfig.trace import filter_chains, hosts, scoped_routes
from meshctl.proxyconfig.trace.connection import Connection, Detected, address
from meshctl.proxyconfig.trace.lookup import named
from meshctl.proxyconfig.trace.request import Request
from meshctl.proxyconfig.virtual_hosts import without_port


def spellings(dump: ConfigDump, host: str) -> frozenset[str]:
    """The names that DNS in the pod completes a host to: those of its namespace and of the cluster."""
    found = {host.lower().rstrip(".")}
    for domain in _search_domains(dump):
        found.add(f"{host.lower()}.{domain}")
    return frozenset(found)


def address_of(dump: ConfigDump, listeners: Sequence[Listener], request: Request, port: int) -> str:
    """The address of the service that a request names, empty when the proxy does not know it.

    A service has one where a listener of its own serves it, or where a virtual host lists it among its domains.
    """
    if address(request.host):
        return request.host
    names = spellings(dump, request.host)
    for listener in listeners:
        for bound in listener.addresses:
            ip = address(bound.host)
            if bound.port == port and ip is not None and not ip.is_unspecified:
                if any(_serves(dump, chain, names, request) for chain in listener.chains):
                    return bound.host
    for listener in listeners:
        if any(bound.port == port for bound in listener.addresses):
            for found in _domains(dump, listener, request):
                if address(without_port(found).strip("[]")):
                    return without_port(found).strip("[]")
    return ""


def address_in_tree(dump: ConfigDump, listener: Listener, request: Request, port: int) -> str:
    """The same where a tree of matches chooses filter chains by address: one that leads to a chain of the service."""
    if address(request.host):
        return request.host
    names = spellings(dump, request.host)
    wanted = [chain.name for chain in listener.filter_chains if _is_of(chain, names)]
    if not wanted or not listener.filter_chain_matcher:
        return ""
    with plain_data("a tree of matches"):
        addresses = list(_addresses(decoded(listener.filter_chain_matcher)))
    for host, leads_to in addresses:
        written = json.dumps(leads_to)
        if any(json.dumps(name) in written for name in wanted):
            found = filter_chains.choose(listener, Detected(Connection(host, port))).chain
            if found is not None and found.name in wanted:
                return host
    return ""


def _is_of(chain: FilterChain, names: frozenset[str]) -> bool:
    name = ClusterName.parse(chain.name)
    return name is not None and name.fqdn in names


def _addresses(part: Any) -> Iterator[tuple[str, Any]]:
    """The single addresses that a tree knows, each with what it leads to."""
    if isinstance(part, list):
        for item in part:
            yield from _addresses(item)
    elif isinstance(part, dict):
        for place in part.get("ranges", ()):
            host = address(str(place.get("address_prefix", "")))
            if host is not None and place.get("prefix_len") == host.max_prefixlen:
                yield str(host), part.get("on_match")
        for item in part.values():
            yield from _addresses(item)


@dataclass(frozen=True, slots=True)
class RoutesChoice:
    """The routes of a connection manager for a request, None when the proxy does not have them, and why."""

    routes: RouteConfiguration | None
    name: str = ""
    scope: str = ""
    """The scope that chose them, where the connection manager has such."""
    reason: str = ""


def routes_for(dump: ConfigDump, manager: HttpConnectionManager, request: Request) -> RoutesChoice:
    """The routes of a connection manager: its own, those of a name, or those of the scope of the request."""
    if manager.route_config is not None:
        return RoutesChoice(manager.route_config, manager.route_config.name)
    name, scope = manager.rds.route_config_name if manager.rds else "", ""
    if manager.scoped_routes:
        found = scoped_routes.choose(dump, manager, request)
        if found.routes is not None or found.reason:
            return RoutesChoice(found.routes, found.routes.name if found.routes else "", found.name, found.reason)
        name, scope = found.route_configuration, found.name
    routes = named(dump.routes, name) if dump.has(ROUTES) else None
    return RoutesChoice(routes, name, scope, "" if routes else "the dump does not have the routes of that name")


def routes_of(dump: ConfigDump, manager: HttpConnectionManager, request: Request) -> RouteConfiguration | None:
    """The routes of a connection manager for a request; None when the proxy does not have them."""
    return routes_for(dump, manager, request).routes


def _serves(dump: ConfigDump, chain: FilterChain, names: frozenset[str], request: Request) -> bool:
    for filter_ in chain.filters:
        proxy = tcp_proxy(filter_)
        if proxy is not None:
            weighted = proxy.weighted_clusters.clusters if proxy.weighted_clusters else ()
            clusters = map(ClusterName.parse, (proxy.cluster, *(part.name for part in weighted)))
            return any(cluster is not None and cluster.fqdn in names for cluster in clusters)
        manager = http_connection_manager(filter_)
        if manager is not None:
            routes = routes_of(dump, manager, request)
            return routes is not None and hosts.choose(routes, request).domain not in ("", "*")
    return False


def _domains(dump: ConfigDump, listener: Listener, request: Request) -> Iterator[str]:
    """The domains of the virtual host that the request would choose at the listener."""
    for chain in listener.chains:
        for filter_ in chain.filters:
            manager = http_connection_manager(filter_)
            routes = routes_of(dump, manager, request) if manager is not None else None
            found = hosts.choose(routes, request) if routes is not None else None
            if found is not None and found.virtual_host is not None and found.domain != "*":
                yield from found.virtual_host.domains


def _search_domains(dump: ConfigDump) -> Sequence[str]:
    """Where DNS of the pod looks for short names; the last word of the node's id is the first of these domains."""
    if not dump.has(BOOTSTRAP):
        return ("svc.cluster.local", "cluster.local")
    own = dump.bootstrap.node.id.rpartition("~")[2]
    parts = own.split(".")
    return tuple(".".join(parts[index:]) for index in range(min(3, len(parts))) if own)
