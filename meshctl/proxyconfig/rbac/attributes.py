"""What the filters of a proxy can see of a request, or of a connection that carries none they can read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """The part of a request that only a proxy which speaks HTTP sees."""

    method: str = "GET"
    path: str = "/"
    """With the query, as it is sent."""
    host: str = ""
    """The authority, with its port if it is sent with one."""
    headers: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    """By lower-case name; several of one name as a list, as Envoy judges each by itself."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """A connection and, where the proxy speaks HTTP, the request on it."""

    source_ip: str = ""
    """The address that the connection comes from; empty when unknown."""
    remote_ip: str = ""
    """The client's address by X-Forwarded-For or the PROXY protocol; empty when it is the source's."""
    destination_ip: str = ""
    destination_port: int = 0
    server_name: str = ""
    """The name that the client asks for in its TLS handshake (SNI); without it and `peer` it is plain text."""
    peer: str = ""
    """The SPIFFE identity in the client's certificate, such as `spiffe://cluster.local/ns/shop/sa/web`; empty without
    mutual TLS."""
    peer_known: bool = True
    """False for a client that has a certificate, where nobody says whose."""
    http: HttpRequest | None = None
    claims: Mapping[str, Any] | None = None
    """The claims of a valid token that the request carries; None without one."""
    claims_known: bool = True
    """False for a request with a token, where nobody says what it claims."""
