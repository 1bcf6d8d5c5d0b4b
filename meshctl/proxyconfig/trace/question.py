"""What is asked about a request: who sends it to whom, and how. What is left open is taken from the proxy."""

from __future__ import annotations

from dataclasses import dataclass, replace

from meshctl.proxyconfig.dump import ConfigDump
from meshctl.proxyconfig.errors import WHOLE_DUMP, DumpError
from meshctl.proxyconfig.listeners import Listener
from meshctl.proxyconfig.sections import BOOTSTRAP, ENDPOINTS
from meshctl.proxyconfig.trace import listeners as choices
from meshctl.proxyconfig.trace.connection import TLS, Connection, address
from meshctl.proxyconfig.trace.following import Trace, follow
from meshctl.proxyconfig.trace.listeners import ListenerChoice
from meshctl.proxyconfig.trace.names_of_hosts import address_in_tree, address_of
from meshctl.proxyconfig.trace.request import Request

OUTBOUND, INBOUND = "outbound", "inbound"
PLAIN, SIMPLE, MUTUAL = "none", "simple", "mutual"

_USUAL_PORTS = {80: 8080, 443: 8443}
"""Ports that a service of a gateway has, and those of its pods where they may not take the same."""


@dataclass(frozen=True, slots=True)
class Question:
    """A request, and what is known of its connection; what is empty is found out."""

    request: Request
    direction: str = ""
    port: int = 0
    to: str = ""
    source: str = ""
    tls: str = ""
    server_name: str = ""
    protocols: tuple[str, ...] = ()


def answer(dump: ConfigDump, question: Question) -> Trace:
    """The way of the request. Raises `DumpError` where the dump lacks what is needed."""
    listeners = list(choices.active(dump))
    gateway = not any(one.use_original_dst or one.name == "virtualInbound" for one in listeners)
    if gateway and (main := choices.waypoint(listeners)) is not None:
        return _at_waypoint(dump, listeners, main, question)
    direction = question.direction or (INBOUND if gateway else OUTBOUND)
    notes: list[str] = []
    port = question.port or question.request.port
    if gateway and not question.port:
        port = _gateway_port(listeners, port, notes)
    connection = _connection(dump, listeners, question, direction, port, gateway=gateway, notes=notes)
    if gateway:
        listener = ListenerChoice(choices.at(listeners, connection) or _any_with_port(listeners, port))
        if listener.listener is None:
            ports = sorted({bound.port for one in listeners for bound in one.addresses if bound.port})
            hint = f"it does on {', '.join(map(str, ports)) or 'none'}; choose one with --port"
            raise DumpError(f"the gateway does not listen on port {port}", hint=hint)
    elif direction == OUTBOUND:
        listener = choices.captured_outbound(listeners, connection)
    else:
        listener = choices.captured_inbound(listeners, connection)
    return _followed(dump, question, connection, listener, notes)


def _followed(
    dump: ConfigDump, question: Question, connection: Connection, listener: ListenerChoice, notes: list[str]
) -> Trace:
    found = follow(dump, question.request, connection, listener)
    if found.arrivals and not dump.has(ENDPOINTS):
        notes.append(f"the dump has no endpoints: it is to be taken from {WHOLE_DUMP}")
    return replace(found, notes=(*notes, *found.notes))


def _at_waypoint(dump: ConfigDump, listeners: list[Listener], main: Listener, question: Question) -> Trace:
    """The way through a waypoint: connections come in a tunnel by mutual TLS, and are plain text inside.

    The address that the client wants to reach decides, as it does for the services and workloads of the mesh.
    """
    notes: list[str] = []
    request = question.request
    port = question.port or request.port
    to = question.to or address_in_tree(dump, main, request, port)
    connection = Connection(
        destination=to,
        port=port,
        source=question.source,
        client_certificate=question.tls in ("", MUTUAL),
        protocols=question.protocols,
    )
    own = choices.at([one for one in listeners if one.bind_to_port], connection)
    if own is not None:
        return _followed(dump, question, connection, ListenerChoice(own), notes)
    if not question.tls:
        notes.append("taken to come in a tunnel by mutual TLS, as a waypoint is reached")
    if not to:
        notes.append(f"no address of {request.host} with port {port} is known to this waypoint; --to tells one")
    return _followed(dump, question, connection, ListenerChoice(main, choices.tunnel_end(listeners)), notes)


def own_address(dump: ConfigDump) -> str:
    """The address of the pod, out of the id of the node; empty when the dump does not have it."""
    if not dump.has(BOOTSTRAP):
        return ""
    parts = dump.bootstrap.node.id.split("~")
    return parts[1] if len(parts) == 4 and address(parts[1]) else ""


def _connection(
    dump: ConfigDump,
    listeners: list[Listener],
    question: Question,
    direction: str,
    port: int,
    *,
    gateway: bool,
    notes: list[str],
) -> Connection:
    request, own = question.request, own_address(dump)
    tls = question.tls or _usual_tls(listeners, request, direction, port, gateway=gateway)
    if not question.tls and tls == MUTUAL:
        notes.append("taken to come from a sidecar, by mutual TLS; --tls none asks about plain text")
    if direction == OUTBOUND:
        to = question.to or address_of(dump, listeners, request, port)
        if not to:
            notes.append(f"no address of {request.host} is known: one without a listener is taken; --to tells it")
    else:
        to = question.to or ("" if gateway else own)
    server_name = question.server_name or ("" if address(request.host) else request.host)
    return Connection(
        destination=to,
        port=port,
        source=question.source or (own if direction == OUTBOUND else ""),
        tls=tls != PLAIN,
        client_certificate=tls == MUTUAL,
        server_name=server_name if tls != PLAIN else "",
        protocols=question.protocols or _usual_protocols(request, tls),
    )


def _usual_tls(listeners: list[Listener], request: Request, direction: str, port: int, *, gateway: bool) -> str:
    """TLS as the scheme says; between sidecars mutual TLS, where the listener knows it for the port."""
    if direction == INBOUND and not gateway:
        entry = choices.captured_inbound(listeners, Connection("", port)).listener
        matches = [chain.filter_chain_match for chain in entry.filter_chains] if entry else []
        own = [match for match in matches if match.destination_port == port] or matches
        return MUTUAL if any(match.transport_protocol == TLS for match in own) else PLAIN
    return SIMPLE if request.scheme == "https" else PLAIN


def _usual_protocols(request: Request, tls: str) -> tuple[str, ...]:
    if tls == MUTUAL:
        return ("istio-h2", "istio", "h2") if request.grpc else ("istio-http/1.1", "istio", "http/1.1")
    if tls == SIMPLE:
        return ("h2", "http/1.1")
    return ("h2c",) if request.grpc else ("http/1.1",)


def _gateway_port(listeners: list[Listener], port: int, notes: list[str]) -> int:
    """The port of the pod for one of the gateway's service, which may be another one."""
    if _any_with_port(listeners, port) is None and _any_with_port(listeners, _USUAL_PORTS.get(port, 0)) is not None:
        own = _USUAL_PORTS[port]
        notes.append(f"port {port} of the service is taken for port {own} of the gateway (--port tells it)")
        return own
    return port


def _any_with_port(listeners: list[Listener], port: int) -> Listener | None:
    return next((one for one in listeners for bound in one.addresses if port and bound.port == port), None)
