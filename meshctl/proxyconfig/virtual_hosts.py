"""Which virtual host of a route configuration serves a host, as Envoy chooses it."""

from __future__ import annotations

from meshctl.proxyconfig.routes import RouteConfiguration, VirtualHost

_EXACT, _ENDING, _BEGINNING, _ANY = 3, 2, 1, 0


def serving(configuration: RouteConfiguration, host: str) -> VirtualHost | None:
    """The virtual host that serves a host, as a whole request would name it."""
    wanted = without_port(host) if configuration.ignore_port_in_host_matching else host
    found = best(configuration, wanted)
    return found[0] if found else None


def best(configuration: RouteConfiguration, host: str) -> tuple[VirtualHost, str] | None:
    """The virtual host with the domain that fits best, and that domain.

    The host itself comes first, then the longest `*.x`, then the longest `x.*`, then `*`.
    """
    wanted = host.lower()
    found: tuple[tuple[int, int], VirtualHost, str] | None = None
    for virtual_host in configuration.virtual_hosts:
        for domain in virtual_host.domains:
            rank = _rank(domain.lower(), wanted)
            if rank is not None and (found is None or rank > found[0]):
                found = rank, virtual_host, domain
    return found[1:] if found else None


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
    colon = host.rfind(":")
    return host[:colon] if colon >= 0 and host.rfind("]") < colon else host
