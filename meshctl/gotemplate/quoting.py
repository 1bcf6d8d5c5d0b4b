"""Go's quoted strings and characters, written and read.

Go strings are bytes. Here they are `str`; a byte that is no valid UTF-8 is a lone surrogate, as Python's
`surrogateescape` makes it.
"""

from __future__ import annotations

import re
import unicodedata

_SHORT = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\"}
_NOT_PLAIN = re.compile(r"[^ !#-\[\]-~]")
_UNSHORT = {short[1]: char for char, short in _SHORT.items()} | {"'": "'", '"': '"'}
_ESCAPE = re.compile(
    r"\\(?:(?P<short>[abfnrtv\\'\"])|x(?P<byte>[0-9a-fA-F]{2})|u(?P<four>[0-9a-fA-F]{4})"
    r"|U(?P<eight>[0-9a-fA-F]{8})|(?P<octal>[0-7]{3})|(?P<bad>.|\Z))",
    re.DOTALL,
)


def is_print(char: str) -> bool:
    """Whether Go prints a character as it is: letters, marks, numbers, punctuation, symbols and the plain space."""
    return char == " " or (char.isprintable() and unicodedata.category(char)[0] in "LMNPS")


def _escaped(char: str, ascii_only: bool) -> str:
    short = _SHORT.get(char)
    if short is not None:
        return short
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x20 or code == 0x7F:
        return f"\\x{code:02x}"
    if is_print(char) and not (ascii_only and code > 0x7E):
        return char
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def quote(text: str, ascii_only: bool = False) -> str:
    """The text as a Go string literal in double quotes."""

    def escaped(found: re.Match[str]) -> str:
        char = found[0]
        return '\\"' if char == '"' else _escaped(char, ascii_only)

    return f'"{_NOT_PLAIN.sub(escaped, text)}"'


def quote_character(code: int, ascii_only: bool = False) -> str:
    """A code point as a Go character literal; an impossible one is shown as U+FFFD."""
    char = chr(code) if 0 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "�"
    return "'" + ("\\'" if char == "'" else _escaped(char, ascii_only)) + "'"


def backquoted(text: str) -> str | None:
    """The text as a raw Go string, or None if it cannot be written as one."""
    if any(
        char == "`" or char == "\ufeff" or (ord(char) < 0x20 and char != "\t") or ord(char) == 0x7F for char in text
    ):
        return None
    return None if any(0xDC80 <= ord(char) <= 0xDCFF for char in text) else f"`{text}`"


def unquote(literal: str) -> str:
    """The text of a string literal with its quotes (double or back ones); raises `ValueError`."""
    quotes, body = literal[:1], literal[1:-1]
    if quotes == "`":
        return body.replace("\r", "")
    return _unescape(body, other="'")


def unquote_character(literal: str) -> int:
    """The code point of a character literal with its quotes; raises `ValueError`."""
    body = literal[1:-1]
    found = _ESCAPE.match(body)
    first = found.group() if found else body[:1]
    char = _unescape(first, other='"')
    if not char:
        raise ValueError("invalid syntax")
    if first != body:
        raise ValueError(f"malformed character constant: {literal}")
    code = ord(char)
    return code - 0xDC00 if 0xDC80 <= code <= 0xDCFF else code


def _unescape(body: str, other: str) -> str:
    if "\\" not in body:
        return body
    if "\\" + other in body.replace("\\\\", ""):
        raise ValueError("invalid syntax")
    raw = bytearray()
    at = 0
    for found in _ESCAPE.finditer(body):
        raw += body[at : found.start()].encode("utf-8", "surrogateescape")
        at = found.end()
        raw += _unescaped(found)
    raw += body[at:].encode("utf-8", "surrogateescape")
    return raw.decode("utf-8", "surrogateescape")


def _unescaped(found: re.Match[str]) -> bytes:
    if short := found["short"]:
        return _UNSHORT[short].encode()
    if byte := found["byte"]:
        return bytes([int(byte, 16)])
    if octal := found["octal"]:
        code = int(octal, 8)
        if code > 255:
            raise ValueError("invalid syntax")
        return bytes([code])
    code = int(found["four"] or found["eight"] or "110000", 16)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise ValueError("invalid syntax")
    return chr(code).encode()
