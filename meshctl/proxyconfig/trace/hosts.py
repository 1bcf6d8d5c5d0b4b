"""Which virtual host the host of a request chooses."""

from __future__ import annotations

from dataclasses import dataclass

from meshctl.proxyconfig.network_filters import HttpConnectionManager
from meshctl.proxyconfig.routes import RouteConfiguration, VirtualHost
from meshctl.proxyconfig.trace.request import Request
from meshctl.proxyconfig.virtual_hosts import best, without_port


@dataclass(frozen=True, slots=True)
class HostChoice:
    """The virtual host and the domain of it that fits; both are empty when none does."""

    virtual_host: VirtualHost | None
    domain: str
    host: str  # what was looked up


def choose(routes: RouteConfiguration, request: Request) -> HostChoice:
    """The virtual host: an equal domain first, then the longest `*.x`, then the longest `x.*`, then `*`."""
    host = request.authority
    if routes.vhost_header:
        given = request.header(routes.vhost_header)
        if given is None:
            return HostChoice(None, "", f"(header {routes.vhost_header} is missing)")
        host = given
    if routes.ignore_port_in_host_matching:
        host = without_port(host)
    host = host.lower()
    found = best(routes, host)
    return HostChoice(*found, host) if found else HostChoice(None, "", host)


def normalized_authority(manager: HttpConnectionManager, authority: str, port: int) -> str:
    """The host as a connection manager passes it on, after the dot and then the port that it is told to strip."""
    host = authority
    if manager.strip_trailing_host_dot:
        name = without_port(host)
        host = host[:-1] if host.endswith(".") else name.removesuffix(".") + host[len(name) :]
    written = host[len(without_port(host)) + 1 :]
    if written.isdigit() and (
        manager.strip_any_host_port or (manager.strip_matching_host_port and int(written) == port)
    ):
        host = without_port(host)
    return host
