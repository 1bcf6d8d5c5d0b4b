"""Which listener a connection arrives at, and which one it is handed to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from meshctl.proxyconfig.dump import ConfigDump, State
from meshctl.proxyconfig.listeners import Listener
from meshctl.proxyconfig.trace.connection import Connection, address

_MAIN_INTERNAL, _CONNECT_TERMINATE = "main_internal", "connect_terminate"  # as istiod names them

_ANY = {4: "0.0.0.0", 6: "::"}  # noqa: S104


@dataclass(frozen=True, slots=True)
class ListenerChoice:
    """The listener that decides, and the one that accepted the connection before, where that is another one."""

    listener: Listener | None
    captured_by: Listener | None = None


def active(dump: ConfigDump) -> Iterator[Listener]:
    """The listeners that serve connections of TCP: those of UDP, such as for HTTP/3, have the same ports."""
    for entry in dump.listeners:
        if entry.state in (State.ACTIVE, State.STATIC):
            socket = entry.resource.address.socket_address
            if socket is None or socket.protocol != "UDP":
                yield entry.resource


def waypoint(listeners: list[Listener]) -> Listener | None:
    """The listener of a waypoint that gets the connections out of the tunnels; None in other proxies."""
    return next((one for one in listeners if one.name == _MAIN_INTERNAL), None)


def tunnel_end(listeners: list[Listener]) -> Listener | None:
    """The listener of a waypoint at which the tunnels end."""
    return next((one for one in listeners if one.name == _CONNECT_TERMINATE), None)


def captured_outbound(listeners: list[Listener], connection: Connection) -> ListenerChoice:
    """For a connection of the application: redirected to one listener, which hands it on by where it was meant to go.

    With none for that address, nor for its port on all addresses, the listener that accepted it decides itself.
    """
    entry = next(
        (one for one in listeners if one.use_original_dst and one.traffic_direction == "OUTBOUND"), None
    ) or next((one for one in listeners if one.use_original_dst), None)
    if entry is None:
        return ListenerChoice(None)
    found = at(listeners, connection)
    return ListenerChoice(found, entry) if found is not None and found is not entry else ListenerChoice(entry)


def captured_inbound(listeners: list[Listener], connection: Connection) -> ListenerChoice:
    """For a connection to the pod: redirected to the listener for inbound ones, but for ports of the proxy itself."""
    own = at([one for one in listeners if one.bind_to_port and one.traffic_direction != "OUTBOUND"], connection)
    if own is not None and own.traffic_direction != "INBOUND":
        return ListenerChoice(own)
    inbound = [one for one in listeners if one.traffic_direction == "INBOUND" and one.bind_to_port]
    named = [one for one in inbound if one.name == "virtualInbound"] or inbound
    return ListenerChoice(named[0] if named else None)


def at(listeners: list[Listener], connection: Connection) -> Listener | None:
    """The listener of an address and port: of that very address first, then of all addresses."""
    ip = connection.destination_ip
    wildcards = {_ANY[ip.version]} if ip is not None else set(_ANY.values())
    every: Listener | None = None
    for listener in listeners:
        for bound in listener.addresses:
            if bound.port != connection.port or bound.socket_address is None:
                continue
            if ip is not None and address(bound.host) == ip:
                return listener
            if bound.host in wildcards:
                every = every or listener
    return every
