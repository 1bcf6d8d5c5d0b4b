"""What one filter sees: the connection, the request, and the metadata that filters before it have set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from meshctl.proxyconfig.rbac.attributes import Attributes, HttpRequest
from meshctl.proxyconfig.trace.received import SET_BY_PROXY
from meshctl.proxyconfig.trace.request import Request

NOT_KNOWN = object()
"""Stands in metadata for a value that a filter sets, of which is not known what it is."""

_ADDED = frozenset("x-request-id x-forwarded-for x-forwarded-client-cert x-envoy-external-address".split())
"""Headers that a connection manager may add, with values that only it knows."""


@dataclass(slots=True)
class Scene:
    """What is seen, before and behind the connection manager."""

    attributes: Attributes
    request: Request | None
    """None when it is not known."""
    behind_manager: bool
    """Whether there are headers and path at all: a network filter sees none."""
    in_order: bool = False
    """Whether the request is as its connection manager passes it on, with all headers that it adds."""
    http_follows: bool = False
    """Whether a connection manager stands behind a network filter: a client's address may then be known to it only."""
    metadata: dict[str, Any] = field(default_factory=dict)
    """By the filter that it is meant for."""

    @property
    def tls(self) -> bool:
        """Whether the connection is encrypted."""
        return encrypted(self.attributes)

    def values(self, header: str) -> Sequence[str] | None:
        """The values of a header; None when they are not known."""
        if not self.behind_manager:
            return ()
        if self.request is None:
            return None
        found = self.request.values(header)
        if self.in_order:
            return None if any(SET_BY_PROXY in value for value in found) else found
        name = header.lower()
        if found or name not in (*_ADDED, "x-forwarded-proto"):
            return found
        return None if name in _ADDED else (self.request.scheme,)


def encrypted(attributes: Attributes) -> bool:
    """Whether a connection is encrypted; one without a server name and an identity is taken for plain text."""
    return bool(attributes.peer or attributes.server_name or not attributes.peer_known)


def request_of(http: HttpRequest, path: str, host: str, *, tls: bool) -> Request:
    """The request in the form that conditions of routes are judged by."""
    pairs = [
        (name.lower(), value)
        for name, values in http.headers.items()
        for value in ([values] if isinstance(values, str) else values)
    ]
    return Request(http.method, "https" if tls else "http", host, 0, host, path, tuple(pairs))
