"""Strings as bytes: Go counts and cuts strings by the bytes of their UTF-8."""

from __future__ import annotations

from collections.abc import Callable


def raw_bytes(text: str) -> bytes:
    """The bytes of a string; a lone surrogate stands for a byte that is no UTF-8."""
    return text.encode("utf-8", "surrogateescape")


def from_bytes(raw: bytes) -> str:
    """The string of some bytes."""
    return raw.decode("utf-8", "surrogateescape")


def byte_length(text: str) -> int:
    """How many bytes a string has."""
    return len(text) if text.isascii() else len(raw_bytes(text))


def byte_slice(text: str, start: int, end: int) -> str:
    """The bytes of a string from one offset to another."""
    return text[start:end] if text.isascii() else from_bytes(raw_bytes(text)[start:end])


def each_line(text: str, change: Callable[[str], str]) -> str:
    """The text with each of its lines changed."""
    return "\n".join(map(change, text.split("\n")))
