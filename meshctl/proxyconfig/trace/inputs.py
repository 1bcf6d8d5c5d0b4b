"""What trees of matches look at: a connection, and the request on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from meshctl.proxyconfig.trace.connection import Detected
from meshctl.proxyconfig.trace.matcher_tree import Looked, kind_of
from meshctl.proxyconfig.trace.request import Request


def of_connection(detected: Detected, config: Mapping[str, Any]) -> Looked:
    """What an input gives for a connection."""
    kind = kind_of(config)
    if kind in _ALWAYS_KNOWN:
        what, give = _ALWAYS_KNOWN[kind]
        return Looked(what, give(detected) or None)
    if kind in _ASKED:
        what, give = _ASKED[kind]
        text = give(detected)
        return Looked(what, text) if text else Looked(what, doubt=f"{what} is not known")
    if kind in _OF_CERTIFICATE and not detected.connection.client_certificate:
        return Looked("the client's certificate")
    return Looked(kind, doubt=_not_known(kind))


def of_request(request: Request, config: Mapping[str, Any]) -> Looked:
    """What an input gives for a request: Envoy takes none for routes but its headers."""
    kind = kind_of(config)
    if kind != "HttpRequestHeaderMatchInput":
        return Looked(kind, doubt=_not_known(kind))
    name = str(config.get("header_name", ""))
    values = request.values(name)
    return Looked(f"header {name}", ",".join(values) if values else None)


def _not_known(kind: str) -> str:
    return f"the tree of matches looks at {kind or 'something'}, which is not known here"


_ALWAYS_KNOWN: Mapping[str, tuple[str, Callable[[Detected], str]]] = {
    "DestinationPortInput": ("the port", lambda detected: str(detected.connection.port)),
    "ServerNameInput": ("the server name", lambda detected: detected.server_name),
    "TransportProtocolInput": ("the transport protocol", lambda detected: detected.transport),
    "ApplicationProtocolInput": (
        "the application protocol",
        lambda detected: ",".join(f"'{name}'" for name in detected.protocols),
    ),
    "SourceTypeInput": ("the source", lambda detected: "local" if detected.connection.local else ""),
}
"""Inputs that are there or not, and it is known which."""

_ASKED: Mapping[str, tuple[str, Callable[[Detected], str]]] = {
    "DestinationIPInput": ("the destination's address", lambda detected: detected.connection.destination),
    "SourceIPInput": ("the source's address", lambda detected: detected.connection.source),
    "DirectSourceIPInput": ("the source's address", lambda detected: detected.connection.source),
    "SourcePortInput": ("the source's port", lambda detected: str(detected.connection.source_port or "")),
}
"""Inputs that every connection has; empty ones were not told."""

_OF_CERTIFICATE = frozenset({"UriSanInput", "DnsSanInput", "SubjectInput"})
