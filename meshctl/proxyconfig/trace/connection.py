"""The connection that a request comes by, and what listener filters find out about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from meshctl.proxyconfig.envoy import decode
from meshctl.proxyconfig.listeners import Listener, Predicate

Ip = IPv4Address | IPv6Address

RAW = "raw_buffer"
TLS = "tls"

_TLS_INSPECTOR = "envoy.filters.listener.tls_inspector"
_HTTP_INSPECTOR = "envoy.filters.listener.http_inspector"


@dataclass(frozen=True, slots=True)
class Connection:
    """A TCP connection, before redirection: where it was meant to go, and how its client speaks."""

    destination: str
    port: int
    source: str = ""
    source_port: int = 0
    tls: bool = False
    client_certificate: bool = False
    server_name: str = ""
    protocols: tuple[str, ...] = ()
    """What the client offers by ALPN, or for plain text the protocol that it speaks: `http/1.1`, `http/1.0`, `h2c`."""

    @property
    def destination_ip(self) -> Ip | None:
        """The address it was meant to go to; None when that is not known."""
        return address(self.destination)

    @property
    def source_ip(self) -> Ip | None:
        """The address it comes from; None when that is not known."""
        return address(self.source)

    @property
    def local(self) -> bool:
        """Whether it comes from the pod itself: Envoy knows one loopback address of each family only."""
        source = self.source_ip
        return source is not None and (str(source) in ("127.0.0.1", "::1") or source == self.destination_ip)


@dataclass(frozen=True, slots=True)
class Detected:
    """What filter chains are matched against."""

    connection: Connection
    transport: str = RAW
    server_name: str = ""
    protocols: tuple[str, ...] = ()


def address(text: str) -> Ip | None:
    """An IP address; None for anything else."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def lies_in(ip: Ip, network: str) -> bool:
    """Whether an address lies in a network, as `10.0.0.0/8`; Envoy writes none that is wrong."""
    try:
        return ip in ip_network(network, strict=False)
    except ValueError:
        return False


def detect(listener: Listener, connection: Connection) -> Detected:
    """What the listener filters find out: without an inspector all connections look like plain bytes."""
    found = Detected(connection)
    if connection.tls and _inspected(listener, connection, _TLS_INSPECTOR):
        return replace(found, transport=TLS, server_name=connection.server_name.lower(), protocols=connection.protocols)
    if not connection.tls and _inspected(listener, connection, _HTTP_INSPECTOR):
        return replace(found, protocols=connection.protocols)
    return found


def _inspected(listener: Listener, connection: Connection, kind: str) -> bool:
    word = kind.rpartition(".")[2]
    return any(
        (filter_.name == kind or f".{word}." in filter_.type)
        and not (filter_.filter_disabled and _disabled(decode(filter_.filter_disabled, Predicate), connection.port))
        for filter_ in listener.listener_filters
    )


def _disabled(predicate: Predicate, port: int) -> bool:
    """Whether a predicate that turns a listener filter off holds for connections to a port."""
    if predicate.destination_port_range is not None:
        return predicate.destination_port_range.start <= port < predicate.destination_port_range.end
    if predicate.not_match is not None:
        return not _disabled(predicate.not_match, port)
    if predicate.or_match is not None:
        return any(_disabled(rule, port) for rule in predicate.or_match.rules)
    if predicate.and_match is not None:
        return all(_disabled(rule, port) for rule in predicate.and_match.rules)
    return predicate.any_match
