"""Limits of connections (ConnectionPoolSettings)."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.messages import Message
from meshctl.model.resource import Field
from meshctl.schema.rules.reporting import duration, invalid, milliseconds, not_negative, required_duration

_COUNTS = (
    "http1MaxPendingRequests",
    "http2MaxRequests",
    "maxRequestsPerConnection",
    "maxRetries",
    "maxConcurrentStreams",
)


def connection_pool(field: Field, *, keepalive: bool = True) -> Iterator[Message]:
    """Checks the settings of a connection pool, where there are any (CP1-CP10; without CP6 unless `keepalive`)."""
    if not field.present:
        return
    http, tcp = field["http"], field["tcp"]
    if not http.present and not tcp.present:
        yield invalid(field, "needs http or tcp", key=True)
        return
    if http.value:
        yield from _http(http, keepalive)
    if tcp.value:
        yield from _tcp(tcp)


def _http(http: Field, keepalive: bool) -> Iterator[Message]:
    for name in _COUNTS:
        if name in http.mapping:
            yield from not_negative(http[name])
    yield from duration(http["idleTimeout"])
    client = http["useClientProtocol"]
    if client.value is True and http["h2UpgradePolicy"].value in ("UPGRADE", 2):
        yield invalid(client, "and h2UpgradePolicy: UPGRADE contradict each other", "remove one of the two", key=True)
    if keepalive and http["http2KeepAlive"].present:
        yield from required_duration(http["http2KeepAlive"]["interval"])
        yield from required_duration(http["http2KeepAlive"]["timeout"])


def _tcp(tcp: Field) -> Iterator[Message]:
    yield from not_negative(tcp["maxConnections"])
    yield from duration(tcp["connectTimeout"])
    yield from duration(tcp["maxConnectionDuration"])
    # What is below a millisecond switches the timeout off.
    if milliseconds(tcp["idleTimeout"]):
        yield from duration(tcp["idleTimeout"])
    for name in ("time", "interval"):
        yield from duration(tcp["tcpKeepalive"][name])
