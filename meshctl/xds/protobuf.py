"""The wire format of protocol buffers, as far as messages with strings, bytes and other messages need it.

https://protobuf.dev/programming-guides/encoding
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from meshctl.xds.errors import XdsError

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_WIDTHS = {_FIXED64: 8, _FIXED32: 4}


def encode(fields: Iterable[tuple[int, str | bytes]]) -> bytes:
    """A message of fields, each a number with a text, bytes or an encoded message; empty ones are left out."""
    found = bytearray()
    for number, value in fields:
        content = value.encode() if isinstance(value, str) else value
        if content:
            found += _varint(number << 3 | _LENGTH) + _varint(len(content)) + content
    return bytes(found)


def decode(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields of a message that are strings, bytes or messages; others are passed over. Raises `XdsError`."""
    at, end = 0, len(message)
    while at < end:
        key, at = _read_varint(message, at)
        kind = key & 7
        if kind == _VARINT:
            _, at = _read_varint(message, at)
            continue
        if kind == _LENGTH:
            width, at = _read_varint(message, at)
        elif kind in _WIDTHS:
            width = _WIDTHS[kind]
        else:
            raise _damaged()
        if at + width > end:
            raise _damaged()
        if kind == _LENGTH:
            yield key >> 3, message[at : at + width]
        at += width


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    found = shift = 0
    while at < len(message) and shift < 70:
        byte = message[at]
        at += 1
        found |= (byte & 0x7F) << shift
        if byte < 0x80:
            return found, at
        shift += 7
    raise _damaged()


def _damaged() -> XdsError:
    return XdsError("the answer is no message of a control plane", hint="is the port that of istiod's xDS, 15012?")
