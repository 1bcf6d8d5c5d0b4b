"""Questions to the debug pages of istiod over xDS: type `istio.io/debug`, with the page as the name of the resource."""

from __future__ import annotations

import json
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from meshctl import __version__
from meshctl.xds.errors import XdsError
from meshctl.xds.grpc_call import GrpcCall
from meshctl.xds.protobuf import decode, encode

PATH = "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources"
TYPE = "istio.io/debug"
NODE = "debug~0.0.0.0~istioctl~cluster.local"

_CERTIFICATES = ("root-cert.pem", "cert-chain.pem", "key.pem")
"""Files in a folder of certificates: what is trusted, and what to show the server."""


@dataclass(frozen=True, slots=True)
class Security:
    """How istiod is trusted, and what it is shown.

    `authority` is the name that its certificate should have instead of the host; the token is sent over TLS only.
    """

    plaintext: bool = False
    insecure: bool = False
    cert_dir: str = ""
    authority: str = ""
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class DebugAnswer:
    """A debug page as istiod sends it, and what it says about itself."""

    content: bytes
    version_info: str = ""
    control_plane: Mapping[str, Any] = field(default_factory=dict)
    """`Component`, `ID` (the name of its pod) and `Info` (its build)."""


Connect = Callable[[], AbstractContextManager[socket.socket]]
"""Makes the connection to a server that no address leads to, such as one behind a port-forward."""


def ask(
    host: str, port: int, page: str, security: Security, seconds: float, connect: Connect | None = None
) -> DebugAnswer:
    """The answer to a page such as `syncz`; raises `XdsError`."""
    end = time.monotonic() + seconds
    context = _context(security)
    name = f"{host}:{port}"
    try:
        with connect() if connect else closing(socket.create_connection((host, port), timeout=seconds)) as plain:
            connection = plain
            plain.settimeout(seconds)
            if context is not None:
                connection = context.wrap_socket(plain, server_hostname=security.authority or host)
            with closing(connection):
                message = GrpcCall(connection, end).answer(_headers(name, security), _request(page))
    except XdsError as error:
        raise XdsError(f"{name} cannot be asked: {error.message}", hint=error.hint) from error
    except OSError as error:
        problem, hint = _problem(error, seconds)
        raise XdsError(f"{name} cannot be asked: {problem}", hint=hint) from error
    return _answer(message)


def _headers(name: str, security: Security) -> list[tuple[str, str]]:
    headers = [
        (":method", "POST"),
        (":scheme", "http" if security.plaintext else "https"),
        (":path", PATH),
        (":authority", security.authority or name),
        ("te", "trailers"),
        ("content-type", "application/grpc"),
        ("user-agent", f"meshctl/{__version__}"),
    ]
    if security.token and not security.plaintext:
        headers.append(("authorization", f"Bearer {security.token}"))
    return headers


def _request(page: str) -> bytes:
    """A `DiscoveryRequest`: 2 is the node, of which 1 is the id; 3 are resource names, 4 is the type."""
    return encode([(2, encode([(1, NODE)])), (3, page), (4, TYPE)])


def _answer(message: bytes) -> DebugAnswer:
    """A `DiscoveryResponse`: 1 is the version, 2 are resources (of an `Any`, 2 is the value), 6 the control plane."""
    fields: dict[int, list[bytes]] = {}
    for number, value in decode(message):
        fields.setdefault(number, []).append(value)
    resources = fields.get(2, [])
    content = dict(decode(resources[0])).get(2, b"") if resources else b""
    identifier = dict(decode(fields[6][0])).get(1, b"") if 6 in fields else b""
    return DebugAnswer(content, fields.get(1, [b""])[0].decode("utf-8", "replace"), _object(identifier))


def _object(text: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _context(security: Security) -> ssl.SSLContext | None:
    if security.plaintext:
        return None
    folder = Path(security.cert_dir)
    root, chain, key = (folder / name for name in _CERTIFICATES)
    if security.cert_dir and not folder.is_dir():
        raise XdsError(f"there is no folder {folder}", hint="--cert-dir names it")
    try:
        context = ssl.create_default_context(cafile=str(root) if security.cert_dir and not security.insecure else None)
        if security.cert_dir and chain.exists():
            context.load_cert_chain(chain, key)
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        raise XdsError(
            f"the certificates in {folder} cannot be used: {problem}", hint=f"it needs {', '.join(_CERTIFICATES)}"
        ) from error
    if security.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    return context


def _problem(error: OSError, seconds: float) -> tuple[str, str]:
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"its certificate is not trusted ({error.verify_message.lower()})",
            "--cert-dir names the folder of root-cert.pem, --authority the name to expect; --insecure trusts anyone",
        )
    if isinstance(error, ssl.SSLError):
        return f"it speaks no TLS with us ({error.reason or error})", "--plaintext is for a port without TLS"
    if isinstance(error, TimeoutError):
        return f"no answer within {seconds:g} s", "--timeout gives it more time"
    if isinstance(error, socket.gaierror):
        return "its name is unknown", "check the address"
    return (error.strerror or str(error)).lower(), "is istiod there, and the port reached from here?"
