"""Follows a request through a proxy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from meshctl.proxyconfig.clusters import Cluster
from meshctl.proxyconfig.dump import ConfigDump
from meshctl.proxyconfig.listeners import FilterChain, Listener
from meshctl.proxyconfig.network_filters import HttpConnectionManager, http_connection_manager, tcp_proxy
from meshctl.proxyconfig.routes import Route, VirtualHost
from meshctl.proxyconfig.sections import ENDPOINTS
from meshctl.proxyconfig.trace import filter_chains, hosts, paths, routes_in_tree, upgrades
from meshctl.proxyconfig.trace.actions import Action, Target, action_of, tcp_targets
from meshctl.proxyconfig.trace.conditions import Cause, Doubt, Setting, doubts
from meshctl.proxyconfig.trace.connection import Connection, Detected, detect
from meshctl.proxyconfig.trace.endpoints import EndpointChance, endpoints_of
from meshctl.proxyconfig.trace.filter_chains import ChainChoice
from meshctl.proxyconfig.trace.hosts import HostChoice
from meshctl.proxyconfig.trace.listeners import ListenerChoice
from meshctl.proxyconfig.trace.lookup import named
from meshctl.proxyconfig.trace.names_of_hosts import routes_for
from meshctl.proxyconfig.trace.original_destinations import original_destination
from meshctl.proxyconfig.trace.received import FORWARDED_PROTO, INTERNAL, received
from meshctl.proxyconfig.trace.request import Request
from meshctl.proxyconfig.trace.route_filters import RouteFilters, route_filters
from meshctl.proxyconfig.trace.subsets import subset_config

_TLS_CONTEXT = "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"
_SNI_CLUSTER = "envoy.filters.network.sni_cluster"
_PASSING = frozenset(
    "envoy.filters.http.router envoy.filters.http.grpc_stats envoy.filters.http.alpn envoy.filters.http.istio_stats "
    "istio.alpn istio.metadata_exchange istio.stats envoy.filters.http.fault envoy.filters.http.cors".split()
)
"""HTTP filters that answer no request, or only by what a route says of them."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A route of the virtual host, and what speaks against it."""

    route: Route
    index: int
    doubts: Sequence[Doubt]

    @property
    def sure(self) -> bool:
        """Whether it takes the request in any case."""
        return not self.doubts

    @property
    def chance(self) -> float | None:
        """The share of such requests that it takes when they come to it; None when that is not known."""
        found = 1.0
        for doubt in self.doubts:
            if doubt.chance is None:
                return None if all(one.chance != 0 for one in self.doubts) else 0.0
            found *= doubt.chance
        return found


@dataclass(frozen=True, slots=True)
class Arrival:
    """A cluster that the request may go to."""

    target: Target
    cluster: Cluster | None
    endpoints: Sequence[EndpointChance]
    empty: bool = False
    """Whether it is known that the cluster has no endpoint to send to."""


@dataclass(frozen=True, slots=True)
class Trace:
    """The way of a request, as far as it gets."""

    request: Request
    connection: Connection
    listener: ListenerChoice
    detected: Detected | None = None
    chain: ChainChoice | None = None
    protocol: str = ""  # http or tcp; empty when the connection is closed
    filters: Sequence[str] = ()
    """HTTP filters that may answer before the router does."""

    scope: str = ""
    """The scope of routes that the request falls into, where the proxy has such."""

    route_configuration: str = ""
    host: HostChoice | None = None
    way: Sequence[str] = ()
    """What led to the routes through the tree of matches of the virtual host, where it has one."""

    verdicts: Sequence[Verdict] = ()
    taken: Verdict | None = None
    action: Action | None = None
    arrivals: Sequence[Arrival] = ()
    status: int = 0
    """The answer that the proxy gives itself; 0 when the request is forwarded, or the connection closed."""

    reason: str = ""
    """Why the request is not forwarded."""

    notes: Sequence[str] = field(default=())

    @property
    def answer(self) -> int:
        """The HTTP status that the client gets: in gRPC always 200, with the failure in `grpc-status`."""
        return 200 if self.status and self.request.grpc else self.status

    @property
    def perhaps(self) -> Sequence[Verdict]:
        """Routes before the one taken that may take the request instead."""
        limit = self.taken.index if self.taken is not None else len(self.verdicts)
        return [one for one in self.verdicts[:limit] if one.chance != 0]


def follow(dump: ConfigDump, request: Request, connection: Connection, listener: ListenerChoice) -> Trace:
    """The way of a request from the listener that its connection arrives at."""
    start = Trace(request, connection, listener)
    found = listener.listener
    if found is None:
        return replace(start, reason="no listener takes the connection: it is refused")
    detected = detect(found, connection)
    choice = filter_chains.choose(found, detected)
    here = replace(start, detected=detected, chain=choice)
    if choice.doubt:
        return replace(here, reason=f"the filter chain is not known: {choice.doubt}")
    if choice.chain is None:
        return replace(here, reason="no filter chain fits: the connection is closed")
    encrypted, refusal = _handshake(choice.chain, connection)
    if refusal:
        return replace(here, reason=refusal)
    return _through_filters(dump, here, choice.chain, encrypted=encrypted)


def _handshake(chain: FilterChain, connection: Connection) -> tuple[bool, str]:
    """Whether the bytes are still encrypted behind the transport socket, and why there may be none."""
    socket = chain.transport_socket
    if socket is None or socket.type != _TLS_CONTEXT:
        return connection.tls, ""
    if not connection.tls:
        return False, "the filter chain wants TLS, and the connection is plain text: it is closed"
    if socket.config.get("require_client_certificate") and not connection.client_certificate:
        return False, "the filter chain wants a client certificate: the handshake fails"
    return False, ""


def _through_filters(dump: ConfigDump, here: Trace, chain: FilterChain, *, encrypted: bool) -> Trace:
    cluster_by_name = ""
    for filter_ in chain.filters:
        if filter_.name == _SNI_CLUSTER and here.detected is not None:
            cluster_by_name = here.detected.server_name
        manager = http_connection_manager(filter_)
        if manager is not None:
            if encrypted:
                return replace(here, reason="the filter chain expects HTTP, and gets TLS: the connection is closed")
            tls = chain.transport_socket is not None and here.connection.tls
            return _http(dump, here, manager, tls=tls)
        proxy = tcp_proxy(filter_)
        if proxy is not None:
            targets = tcp_targets(proxy, cluster_by_name)
            arrivals = [_arrival(dump, target, here, None) for target in targets]
            found = replace(here, protocol="tcp", action=Action(targets=targets), arrivals=arrivals)
            if all(one.cluster is None for one in arrivals):
                return replace(found, reason="the proxy does not have the cluster: the connection is closed")
            if all(one.empty or one.cluster is None for one in arrivals):
                return replace(found, reason=f"{_without_endpoint(arrivals)}: the connection is closed")
            return found
    return replace(here, reason="the filter chain has filters that do not forward by what is followed here")


def _http(dump: ConfigDump, here: Trace, manager: HttpConnectionManager, *, tls: bool) -> Trace:
    here = replace(here, protocol="http", filters=_may_answer(manager, RouteFilters()))
    ordered = paths.put_in_order(manager, here.request.path)
    if ordered.status:
        return replace(here, status=ordered.status, reason=ordered.reason)
    authority = hosts.normalized_authority(manager, here.request.authority, here.connection.port)
    request = received(manager, here.request.at(ordered.path, authority), here.connection, tls=tls)
    chosen = routes_for(dump, manager, request)
    routes = chosen.routes
    here = replace(here, request=request, route_configuration=chosen.name, scope=chosen.scope,
                   filters=_may_answer(manager, route_filters(routes)))  # fmt: skip
    if routes is None:
        return replace(here, status=404, reason=chosen.reason)
    host = hosts.choose(routes, request)
    here = replace(here, host=host)
    if host.virtual_host is None:
        return replace(here, status=404, reason=f"no virtual host has the domain {host.host}")
    if _wants_tls(host.virtual_host, request):
        if protocol := upgrades.refused(manager, None, request):
            return replace(here, status=403, reason=_no_upgrade(protocol))
        action = Action(301, f"https://{request.authority}{request.path}")
        return replace(here, action=action, status=301, reason="the virtual host sends plain requests to https")
    setting = Setting(tls, here.connection.client_certificate, routes.ignore_path_parameters_in_path_matching)
    offered = routes_in_tree.offered(host.virtual_host, request)
    verdicts, taken = _verdicts(offered.routes, request, setting)
    said = route_filters(routes, host.virtual_host, taken.route if taken is not None else None)
    here = replace(here, verdicts=verdicts, taken=taken, way=offered.way, filters=_may_answer(manager, said))
    if offered.doubt:
        return replace(here, reason=f"the route is not known: {offered.doubt}")
    if taken is None:
        return replace(here, status=404, reason="no route of the virtual host fits")
    if protocol := upgrades.refused(manager, taken.route, request):
        return replace(here, status=403, reason=_no_upgrade(protocol))
    return _acted(dump, here, taken.route, host.virtual_host)


def _no_upgrade(protocol: str) -> str:
    what = "a tunnel by CONNECT" if protocol == upgrades.CONNECT else f"an upgrade to {protocol}"
    return f"neither the connection manager nor the route allows {what}"


def _acted(dump: ConfigDump, here: Trace, route: Route, host: VirtualHost) -> Trace:
    """What comes of a request that a route took."""
    action = action_of(route, host, here.request)
    arrivals = [_arrival(dump, target, here, here.request) for target in action.targets]
    here = replace(here, action=action, arrivals=arrivals, status=action.status)
    if action.status or not arrivals:
        return here
    if all(one.cluster is None for one in arrivals) and all(one.target.share is not None for one in arrivals):
        return replace(here, status=action.not_found_status, reason="the proxy does not have the cluster")
    if all(one.empty for one in arrivals):
        return replace(here, status=503, reason=_without_endpoint(arrivals))
    return here


def _without_endpoint(arrivals: Sequence[Arrival]) -> str:
    asked = any(one.target.subset and one.cluster and subset_config(one.cluster) for one in arrivals)
    return f"the cluster has no endpoint{' of the subset that is asked for' if asked else ''}"


def _wants_tls(host: VirtualHost, request: Request) -> bool:
    """Whether a virtual host takes no plain requests, or none from outside of the mesh."""
    plain = request.header(FORWARDED_PROTO) != "https"
    outside = request.header(INTERNAL) != "true"
    return plain and (host.require_tls == "ALL" or (host.require_tls == "EXTERNAL_ONLY" and outside))


def _may_answer(manager: HttpConnectionManager, said: RouteFilters) -> Sequence[str]:
    """The filters that are on, and may answer instead of the endpoint."""
    return list(
        dict.fromkeys(
            one.name
            for one in manager.http_filters
            if one.name not in _PASSING and not said.switched_off(one.name, by_default=one.disabled)
        )
    )


def _verdicts(routes: Sequence[Route], request: Request, setting: Setting) -> tuple[list[Verdict], Verdict | None]:
    found: list[Verdict] = []
    taken: Verdict | None = None
    for index, route in enumerate(routes):
        against = list(doubts(route.match, request, setting))
        if taken is not None and not any(doubt.chance == 0 for doubt in against):
            against = [Doubt(Cause.ORDER, f"route {taken.index + 1} comes before it")]
        verdict = Verdict(route, index, against)
        found.append(verdict)
        if taken is None and verdict.sure:
            taken = verdict
    return found, taken


def _arrival(dump: ConfigDump, target: Target, here: Trace, request: Request | None) -> Arrival:
    """A cluster with its endpoints; `request` is None where none is read on the connection."""
    cluster = named(dump.clusters, target.cluster) if target.cluster else None
    if cluster is None:
        return Arrival(target, None, ())
    if cluster.type == "ORIGINAL_DST":
        where = original_destination(cluster, here.connection, request)
        return Arrival(target, cluster, [EndpointChance(where, 1.0, "UNKNOWN", 0, "", 1)] if where else ())
    endpoints = endpoints_of(dump, cluster, target.subset)
    unknown = (bool(cluster.cluster_type) and not cluster.aggregated) or (
        not dump.has(ENDPOINTS) and (cluster.type == "EDS" or bool(cluster.aggregated))
    )
    return Arrival(target, cluster, endpoints, empty=not endpoints and not unknown)


def chain_name(chain: FilterChain, listener: Listener) -> str:
    """What a filter chain is called; those without a name by their place."""
    if chain.name:
        return chain.name
    if chain is listener.default_filter_chain:
        return "default"
    place = next((index for index, one in enumerate(listener.filter_chains) if one is chain), 0)
    return f"filter_chains[{place}]"
