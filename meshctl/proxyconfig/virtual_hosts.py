"""Which virtual host of a route configuration serves a host, as Envoy chooses it."""

from __future__ import annotations

from meshctl.proxyconfig.routes import RouteConfiguration, VirtualHost

_EXACT, _ENDING, _BEGINNING, _ANY = 3, 2, 1, 0


def serving(configuration: RouteConfiguration, host: str) -> VirtualHost | None:
    """The virtual host with the domain that fits best: the host itself, the longest ending, beginning, then `*`."""
    wanted = host.lower()
    if configuration.ignore_port_in_host_matching:
        wanted = without_port(wanted)
    best: VirtualHost | None = None
    rank = (-1, 0)
    for virtual_host in configuration.virtual_hosts:
        for domain in virtual_host.domains:
            found = _rank(domain.lower(), wanted)
            if found is not None and found > rank:
                best, rank = virtual_host, found
    return best


def _rank(domain: str, host: str) -> tuple[int, int] | None:
    """How well a domain fits a host; None when it does not."""
    if domain == host:
        return _EXACT, 0
    if domain == "*":
        return _ANY, 0
    if domain.startswith("*") and len(host) >= len(domain) and host.endswith(domain[1:]):
        return _ENDING, len(domain)
    if domain.endswith("*") and len(host) >= len(domain) and host.startswith(domain[:-1]):
        return _BEGINNING, len(domain)
    return None


def without_port(host: str) -> str:
    """A host without the port behind it; the colons of a bracketed address are not taken for one."""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() and (":" not in name or name.endswith("]")) else host
