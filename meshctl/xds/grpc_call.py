"""One gRPC call over a connected socket: a message out, the first message of the answer back.

https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
)
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes

from meshctl.xds.errors import XdsError

_WINDOW = 1 << 24
"""Bytes that the server may send before it hears from us: answers of megabytes should not wait for each 64 KiB."""

_PREFIX = 5
"""Bytes before a message: whether it is compressed, and its length."""

_LARGEST = 1 << 30
_GRPC = "application/grpc"

_STATUS = {
    1: "cancelled",
    3: "invalid argument",
    4: "deadline exceeded",
    5: "not found",
    7: "permission denied",
    8: "resource exhausted",
    12: "unimplemented",
    13: "internal error",
    14: "unavailable",
    16: "unauthenticated",
}
_REFUSED = {"7", "16"}


class GrpcCall:
    """A call that sends one message and waits for one; the stream stays open until it came.

    `end` is the moment of `time.monotonic` at which it gives up.
    """

    def __init__(self, connection: socket.socket, end: float) -> None:
        self._socket = connection
        self._end = end
        self._http = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self._received = bytearray()
        self._status: dict[str, str] = {}
        self._over = False

    def answer(self, headers: Sequence[tuple[str, str]], message: bytes) -> bytes:
        """The first message of the answer; raises `XdsError`, and `OSError` when the connection breaks."""
        http = self._http
        http.initiate_connection()
        http.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: _WINDOW, SettingCodes.ENABLE_PUSH: 0})
        http.increment_flow_control_window(_WINDOW)
        stream = http.get_next_available_stream_id()
        http.send_headers(stream, headers)
        http.send_data(stream, b"\0" + len(message).to_bytes(4, "big") + message)
        self._send()
        while (found := self._message()) is None:
            if self._over:
                raise self._refusal()
            self._receive()
        with contextlib.suppress(OSError, ProtocolError):
            http.reset_stream(stream, ErrorCodes.CANCEL)
            http.close_connection()
            self._send()
        return found

    def _send(self) -> None:
        self._socket.settimeout(self._left())
        self._socket.sendall(self._http.data_to_send())

    def _receive(self) -> None:
        self._socket.settimeout(self._left())
        data = self._socket.recv(1 << 16)
        if not data:
            raise XdsError("the server hangs up before it answers", hint=_OTHER_PORT)
        if data.startswith(b"HTTP/"):
            raise XdsError("the server speaks HTTP/1, not gRPC", hint="write http://HOST:PORT for a debug port")
        try:
            events = self._http.receive_data(data)
        except ProtocolError as error:
            tls = data[0] in (0x15, 0x16) and data[1:2] == b"\x03"
            hint = "it speaks TLS: leave out --plaintext" if tls else _OTHER_PORT
            raise XdsError("the server does not speak HTTP/2, which gRPC needs", hint=hint) from error
        for event in events:
            self._handle(event)
        self._send()

    def _handle(self, event: Event) -> None:
        if isinstance(event, ResponseReceived | TrailersReceived):
            self._status |= _texts(event.headers)
        elif isinstance(event, DataReceived):
            self._received += event.data
            self._http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, StreamEnded | StreamReset | ConnectionTerminated):
            self._over = True

    def _message(self) -> bytes | None:
        """The first message, once all of it is there."""
        if self._status.get(":status", "200") != "200":
            return None
        if not self._status.get("content-type", _GRPC).startswith(_GRPC):
            raise XdsError("the server speaks HTTP/2, but not gRPC", hint=_OTHER_PORT)
        if len(self._received) < _PREFIX:
            return None
        length = int.from_bytes(self._received[1:_PREFIX], "big")
        if self._received[0] or length > _LARGEST:
            raise XdsError("the answer is compressed or too large to be one of a control plane", hint=_OTHER_PORT)
        if len(self._received) < _PREFIX + length:
            return None
        return bytes(self._received[_PREFIX : _PREFIX + length])

    def _refusal(self) -> XdsError:
        """Why the call ended without a message."""
        status, http = self._status.get("grpc-status", ""), self._status.get(":status", "200")
        if not status and http != "200":
            return XdsError(f"the server answers gRPC with HTTP status {http}", hint=_OTHER_PORT)
        if not status:
            return XdsError("the server ends the call without an answer", hint=_OTHER_PORT)
        name = _STATUS.get(int(status), f"status {status}") if status.isdigit() else status
        text = " ".join(unquote(self._status.get("grpc-message", "")).split())[:300]
        hint = "it wants a token or a certificate: see --cert-dir" if status in _REFUSED else ""
        return XdsError(f"the server refuses: {name}" + (f" ({text})" if text else ""), hint=hint)

    def _left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


_OTHER_PORT = "is the port that of istiod's xDS: 15012, or 15010 with --plaintext?"


def _texts(headers: Sequence[tuple[str | bytes, str | bytes]]) -> Mapping[str, str]:
    return {_text(name): _text(value) for name, value in headers}


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
