"""What a connection manager makes of the headers of a request before it looks for a route.

It takes out what belongs to one connection only, and what clients from outside may not tell it; and it adds what it
knows itself. See https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/header_sanitizing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from meshctl.proxyconfig.network_filters import HttpConnectionManager
from meshctl.proxyconfig.trace.connection import Connection, address, lies_in
from meshctl.proxyconfig.trace.request import Header, Request
from meshctl.proxyconfig.trace.upgrades import asked_for

FORWARDED_PROTO = "x-forwarded-proto"
FORWARDED_FOR = "x-forwarded-for"
INTERNAL = "x-envoy-internal"
CLIENT_CERTIFICATE = "x-forwarded-client-cert"
EXTERNAL_ADDRESS = "x-envoy-external-address"

SET_BY_PROXY = "(set by the proxy)"
"""The value of a header that the proxy adds, where only it knows the value."""

_OF_CONNECTION = frozenset("connection keep-alive proxy-connection transfer-encoding upgrade".split())

_NOT_FROM_OUTSIDE = frozenset(
    "x-envoy-expected-rq-timeout-ms x-envoy-force-trace x-envoy-hedge-on-per-try-timeout x-envoy-ip-tags"
    " x-envoy-max-retries x-envoy-original-url x-envoy-retriable-header-names x-envoy-retriable-status-codes"
    " x-envoy-retry-grpc-on x-envoy-retry-on x-envoy-upstream-alt-stat-name x-envoy-upstream-rq-per-try-timeout-ms"
    " x-envoy-upstream-rq-timeout-alt-response x-envoy-upstream-rq-timeout-ms".split()
)
"""Headers that tell a proxy what to do, of which only a part of the mesh may make use."""

_NOT_AT_EDGE = frozenset(
    "x-envoy-decorator-operation x-envoy-downstream-service-cluster x-envoy-downstream-service-node"
    " x-envoy-original-host x-envoy-original-path".split()
)


def received(manager: HttpConnectionManager, request: Request, connection: Connection, *, tls: bool) -> Request:
    """The request as routes see it."""
    internal = _is_internal(manager, request, connection)
    removed = _removed(manager, request, connection, internal=internal)
    headers = [(name, value) for name, value in request.headers if name not in removed]
    found = replace(request, headers=tuple(headers))
    return _with_addresses(manager, _with_scheme(manager, found, tls=tls), connection, internal=internal)


def client_address(manager: HttpConnectionManager, forwarded: Sequence[str], source: str) -> str:
    """The address of the client, by `x-forwarded-for` as far as it is trusted; else the one that it comes from."""
    hops = manager.xff_num_trusted_hops - manager.use_remote_address
    told = [text.strip() for text in ",".join(forwarded).split(",")] if forwarded else []
    if 0 <= hops < len(told) and address(told[-1 - hops]) is not None:
        return told[-1 - hops]
    return source


def _is_internal(manager: HttpConnectionManager, request: Request, connection: Connection) -> bool:
    """Whether the client is a part of the mesh, as the addresses tell of it that are known to be one.

    At the edge nobody stands in front of it, and else nobody but the one proxy that names it.
    """
    forwarded = request.values(FORWARDED_FOR)
    if manager.use_remote_address:
        client = "" if forwarded else connection.source
    else:
        client = forwarded[0] if len(forwarded) == 1 and not manager.xff_num_trusted_hops else ""
    found, known = address(client), manager.internal_address_config
    return found is not None and known is not None and any(lies_in(found, str(span)) for span in known.ranges)


def _removed(
    manager: HttpConnectionManager, request: Request, connection: Connection, *, internal: bool
) -> frozenset[str]:
    """The names of the headers that no route sees."""
    found = {INTERNAL, *_OF_CONNECTION}
    if asked_for(request):
        found -= {"connection", "upgrade"}
    if request.header("te") != "trailers":
        found.add("te")
    if (request.header("expect") or "").lower() == "100-continue":
        found.add("expect")
    if not internal:
        found |= _NOT_FROM_OUTSIDE
        if manager.use_remote_address:
            found |= _NOT_AT_EDGE
    if not _keeps_certificate(manager, connection):
        found.add(CLIENT_CERTIFICATE)
    return frozenset(found)


def _keeps_certificate(manager: HttpConnectionManager, connection: Connection) -> bool:
    """Whether what proxies in front tell of the client's certificate is believed."""
    if manager.forward_client_cert_details == "ALWAYS_FORWARD_ONLY":
        return True
    forwards = manager.forward_client_cert_details in ("FORWARD_ONLY", "APPEND_FORWARD")
    return forwards and connection.client_certificate


def _with_scheme(manager: HttpConnectionManager, request: Request, *, tls: bool) -> Request:
    """What a proxy in front says of the scheme counts, but not at the edge of the mesh, where no hop is trusted."""
    own = "https" if tls else "http"
    told = request.header(FORWARDED_PROTO)
    if told is None or (manager.use_remote_address and not manager.xff_num_trusted_hops):
        told = own
    scheme = told.lower() if told.lower() in ("http", "https") else own
    return replace(request, scheme=scheme, headers=_with(request.headers, FORWARDED_PROTO, told))


def _with_addresses(
    manager: HttpConnectionManager, request: Request, connection: Connection, *, internal: bool
) -> Request:
    headers = request.headers
    if request.header("x-request-id") is None:
        headers = _with(headers, "x-request-id", SET_BY_PROXY)
    if internal:
        headers = _with(headers, INTERNAL, "true")
    elif manager.use_remote_address:
        client = client_address(manager, request.values(FORWARDED_FOR), connection.source)
        headers = _with(headers, EXTERNAL_ADDRESS, client or SET_BY_PROXY)
    if manager.use_remote_address and not manager.skip_xff_append:
        told = (*request.values(FORWARDED_FOR), connection.source or SET_BY_PROXY)
        headers = _with(headers, FORWARDED_FOR, ",".join(told))
    if connection.client_certificate and manager.forward_client_cert_details in ("APPEND_FORWARD", "SANITIZE_SET"):
        told = (*request.values(CLIENT_CERTIFICATE), SET_BY_PROXY)
        headers = _with(headers, CLIENT_CERTIFICATE, ",".join(told))
    return replace(request, headers=headers)


def _with(headers: Sequence[Header], name: str, value: str) -> tuple[Header, ...]:
    """The headers with one of that name and value, and no other of the name."""
    return (*(pair for pair in headers if pair[0] != name), (name, value))
