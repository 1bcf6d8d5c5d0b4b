"""Which Istio resources a proxy was configured by, and for what, as its config dump tells."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from msgspec import Struct

from meshctl.proxyconfig.dump import ConfigDump, State
from meshctl.proxyconfig.listeners import FilterChain, Listener
from meshctl.proxyconfig.names import ClusterName, IstioResource, istio_resource
from meshctl.proxyconfig.network_filters import http_connection_manager, tcp_proxy
from meshctl.proxyconfig.rbac.stack import Filter
from meshctl.proxyconfig.routes import RouteConfiguration, VirtualHost

_INBOUND = "virtualInbound"
_IN_USE = (State.ACTIVE, State.STATIC)
_GATEWAY_CONFIGURATIONS = ("http.", "https.")


class _Named(Struct, frozen=True):
    name: str = ""


class Proxy:
    """The configuration of a proxy. Raises `DumpError` at once when a part of it is missing.

    A `foreign` one is that of another pod: it has the same way to services, but other policies for what comes in.
    """

    def __init__(self, dump: ConfigDump, *, foreign: bool = False) -> None:
        self.foreign = foreign
        self._clusters = {head.name: head.metadata.config for entry, head in dump.cluster_heads()
                          if entry.state in _IN_USE}  # fmt: skip
        self._route_entries = [entry for entry in dump.routes if entry.state in _IN_USE]
        self._listener_entries = [entry for entry in dump.listeners if entry.state in _IN_USE]

    def destination_rule(self, host: str, port: int) -> IstioResource | None:
        """The destination rule that it uses for a port of a service.

        The name of the cluster is compared as a whole: as a part, `shop` would also be found in `workshop`.
        """
        return istio_resource(self._clusters.get(f"outbound|{port}||{host}", ""))

    def knows(self, host: str, port: int) -> bool:
        """Whether it has a cluster for a port of a service."""
        return f"outbound|{port}||{host}" in self._clusters

    def virtual_services(self, host: str, port: int) -> tuple[IstioResource, ...]:
        """The virtual services by which it sends something to a port of a service, or that are for its host.

        Each once, in the order of the routes, those of HTTP before those of TLS and TCP.
        """
        found = [*self._http(host, port), *self._connections(host, port)]
        return tuple(dict.fromkeys(one for one in map(istio_resource, found) if one is not None))

    @cached_property
    def named(self) -> frozenset[IstioResource]:
        """Every Istio resource that a route or filter chain was made of."""
        paths = {chain.metadata.config for listener in self._listeners for chain in listener.chains}
        for configuration in self._configurations:
            for virtual_host in configuration.virtual_hosts:
                paths |= {route.metadata.config for route in virtual_host.routes}
        return frozenset(one for one in map(istio_resource, paths) if one is not None)

    def inbound_filters(self, port: int) -> Iterator[Filter]:
        """The filters about access that connections to a port of the pod pass, each once, in their order."""
        seen: list[Filter] = []
        for chain in self._inbound_chains(port):
            for one in _filters(chain):
                if one not in seen:
                    seen.append(one)
                    yield one

    @cached_property
    def _listeners(self) -> list[Listener]:
        return [entry.resource for entry in self._listener_entries]

    @cached_property
    def _configurations(self) -> list[RouteConfiguration]:
        return [entry.resource for entry in self._route_entries]

    def _http(self, host: str, port: int) -> Iterator[str]:
        for entry in self._route_entries:
            name = entry.read_as(_Named).name
            # A service whose address is shared with nobody has a configuration of its own: `host:port`.
            if name not in (str(port), f"{host}:{port}") and not name.startswith(_GATEWAY_CONFIGURATIONS):
                continue
            for virtual_host in entry.resource.virtual_hosts:
                own = _serves(virtual_host, host)
                for route in virtual_host.routes:
                    clusters = route.route.clusters if route.route else []
                    if own or any(_leads_to(cluster, host, port) for cluster in clusters):
                        yield route.metadata.config

    def _connections(self, host: str, port: int) -> Iterator[str]:
        for listener in self._listeners:
            for chain in listener.chains:
                if chain.metadata.config and any(_leads_to(name, host, port) for name in _tcp_clusters(chain)):
                    yield chain.metadata.config

    def _inbound_chains(self, port: int) -> list[FilterChain]:
        sidecar = [chain for listener in self._listeners if listener.name == _INBOUND for chain in listener.chains]
        if not sidecar:  # a gateway listens on its ports themselves
            return [chain for listener in self._listeners if _port(listener) == port for chain in listener.chains]
        own = [chain for chain in sidecar if chain.filter_chain_match.destination_port == port]
        # Without a chain of its own, a port is served by those for all ports.
        return own or [chain for chain in sidecar if chain.filter_chain_match.destination_port is None]


def _port(listener: Listener) -> int:
    address = listener.address.socket_address
    return address.port_value if address is not None else 0


def _serves(virtual_host: VirtualHost, host: str) -> bool:
    return any(domain.partition(":")[0] == host for domain in virtual_host.domains)


def _leads_to(cluster: str, host: str, port: int) -> bool:
    name = ClusterName.parse(cluster)
    return name is not None and (name.direction, name.port, name.fqdn) == ("outbound", port, host)


def _tcp_clusters(chain: FilterChain) -> Iterator[str]:
    for filter_ in chain.filters:
        proxy = tcp_proxy(filter_)
        if proxy is None:
            continue
        yield proxy.cluster
        if proxy.weighted_clusters is not None:
            yield from (part.name for part in proxy.weighted_clusters.clusters)


def _filters(chain: FilterChain) -> Iterator[Filter]:
    """The network filters of a chain; instead of a connection manager those that it holds."""
    for filter_ in chain.filters:
        manager = http_connection_manager(filter_)
        if manager is None:
            yield Filter(filter_.name, filter_.config, http=False)
        else:
            yield from (Filter(inner.name, inner.config, http=True) for inner in manager.http_filters)
