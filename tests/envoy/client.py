"""A client that sends a request byte for byte, from and to addresses that it makes up."""

from __future__ import annotations

import itertools
import re
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass

from tests.envoy.process import loopback

OWN = loopback()
_ports = itertools.cycle(range(10_000, 65_000))
"""Own addresses for each connection: the system would give out the same port again, and mix up lines of a log."""


@dataclass(frozen=True)
class Answer:
    """What came back; a status of 0 means that the connection ended without an HTTP answer."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes
    port: int
    """The client's own port, which tells the lines of an access log apart."""

    def header(self, name: str) -> str:
        """The first value of a header, or an empty text."""
        return next((value for key, value in self.headers if key == name), "")


@dataclass(frozen=True)
class Tls:
    """How a TLS client presents itself: the server name and the protocols that it offers."""

    server_name: str = ""
    protocols: Sequence[str] = ()
    certificate: tuple[str, str] | None = None


def send(
    address: tuple[str, int],
    method: str = "GET",
    target: str = "/",
    headers: Sequence[tuple[str, str]] = (),
    *,
    tls: Tls | None = None,
    via: tuple[tuple[str, int], tuple[str, int]] | None = None,
    source: str = OWN,
) -> Answer:
    """Sends one request; `via` is the source and destination that a PROXY line in front of it claims.

    Envoy takes both over (the listener filter `proxy_protocol`), which is how a redirected connection looks to it.
    `source` is the loopback address that the connection really comes from.
    """
    port = next(_ports)
    with socket.socket() as plain:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # other tests may just have used it
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # what follows a PROXY line would wait for its ACK
        plain.settimeout(30)
        plain.bind((source, port))
        plain.connect(address)
        if via is not None:
            (source, source_port), (destination, destination_port) = via
            family = "TCP6" if ":" in destination else "TCP4"
            plain.sendall(f"PROXY {family} {source} {destination} {source_port} {destination_port}\r\n".encode())
        try:
            stream = _wrapped(plain, tls) if tls else plain
            lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
            stream.sendall("\r\n".join([*lines, "connection: close", "", ""]).encode("latin-1"))
            answer = _read(stream, with_body=method != "HEAD")
        except (ConnectionError, ssl.SSLError, TimeoutError):
            return Answer(0, (), b"", port)
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    if not first.startswith("HTTP/"):
        return Answer(0, (), answer, port)
    pairs = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in rest)]
    return Answer(int(first.split()[1]), pairs, body, port)


def _read(stream: socket.socket, *, with_body: bool) -> bytes:
    """What is sent, up to the end of the answer or of the connection: Envoy may take a second to close it."""
    found = b""
    while piece := stream.recv(65536):
        found += piece
        head, end, body = found.partition(b"\r\n\r\n")
        if end:
            headers = head.lower()
            length = re.search(rb"\r\ncontent-length: *(\d+)", headers)
            if not with_body or (
                b"transfer-encoding" not in headers and len(body) >= (int(length[1]) if length else 0)
            ):
                break
    return found


def _wrapped(plain: socket.socket, tls: Tls) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if tls.protocols:
        context.set_alpn_protocols(list(tls.protocols))
    if tls.certificate:
        context.load_cert_chain(*tls.certificate)
    return context.wrap_socket(plain, server_hostname=tls.server_name or None)
