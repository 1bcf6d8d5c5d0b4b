"""Number literals of templates."""

from __future__ import annotations

import math
import re

from meshctl.gotemplate import nodes
from meshctl.gotemplate.quoting import quote, unquote_character

INT64_MIN, INT64_MAX, UINT64_MAX = -(1 << 63), (1 << 63) - 1, (1 << 64) - 1

_DIGITS = {"x": "[0-9a-fA-F]", "o": "[0-7]", "b": "[01]"}
_INTEGER = re.compile(
    r"[+-]?(?:0[xX](?P<x>(?:_?[0-9a-fA-F])+)|0[bB](?P<b>(?:_?[01])+)|0[oO]?(?P<o>(?:_?[0-7])+)|(?P<d>0|[1-9](?:_?[0-9])*))"
)
_DECIMAL = re.compile(
    r"[+-]?(?:[0-9](?:_?[0-9])*\.?(?:[0-9](?:_?[0-9])*)?|\.[0-9](?:_?[0-9])*)(?:[eE][+-]?[0-9](?:_?[0-9])*)?"
)
_HEX = re.compile(
    r"(?P<sign>[+-]?)0[xX](?P<whole>(?:_?[0-9a-fA-F])*)(?:\.(?P<part>[0-9a-fA-F](?:_?[0-9a-fA-F])*)?)?[pP](?P<power>[+-]?[0-9]+)"
)
_BASES = {"x": 16, "o": 8, "b": 2, "d": 10}


class NumberError(ValueError):
    """A literal is no number."""


def parse_int(text: str) -> int | None:
    """An integer of any size, with a base prefix (`0x`, `0o`, `0`, `0b`) and underscores or not; None if it is none."""
    found = _INTEGER.fullmatch(text)
    if not found or found.lastgroup is None:
        return None
    value = int(found[found.lastgroup].replace("_", ""), _BASES[found.lastgroup])
    return -value if text.startswith("-") else value


def parse_float(text: str) -> float | None:
    """A floating-point number, decimal or hexadecimal, with an infinity for what is too big; None if it is none."""
    found = _HEX.fullmatch(text)
    if found and (found["whole"] or found["part"]):
        part = (found["part"] or "").replace("_", "")
        mantissa = int((found["whole"].replace("_", "") + part) or "0", 16)
        try:
            value = math.ldexp(mantissa, int(found["power"]) - 4 * len(part))
        except OverflowError:
            value = math.inf
        return -value if found["sign"] == "-" else value
    return float(text.replace("_", "")) if _DECIMAL.fullmatch(text) else None


def number(position: int, text: str, is_complex: bool, is_character: bool) -> nodes.Number:
    """The node of a literal; raises `NumberError`."""
    node = nodes.Number(position, text)
    if is_character:
        try:
            code = unquote_character(text)
        except ValueError as error:
            raise NumberError(str(error)) from None
        node.integer = node.natural = code
        node.floating = float(code)
        node.is_character = True
        return node
    if is_complex or text.endswith("i"):
        _complex(node, text)
        return node
    value = parse_int(text)
    _integer(node, value)
    if value is None or (node.integer is None and node.natural is None):
        _float(node, text)
    if node.integer is None and node.natural is None and node.floating is None:
        raise NumberError(f"illegal number syntax: {quote(text)}")
    return node


def _integer(node: nodes.Number, value: int | None) -> None:
    if value is None:
        return
    if INT64_MIN <= value <= INT64_MAX:
        node.integer = value
    if (0 <= value <= UINT64_MAX and not node.text.startswith(("+", "-"))) or value == 0:
        node.natural = value
    if node.integer is not None or node.natural is not None:
        node.floating = float(value)


def _float(node: nodes.Number, text: str) -> None:
    value = parse_float(text)
    if value is None:
        return
    if math.isinf(value):
        raise NumberError(f"illegal number syntax: {quote(text)}")
    if not set(text) & set(".eEpP"):
        raise NumberError(f"integer overflow: {quote(text)}")
    node.floating = value
    if value == int(value) and INT64_MIN <= int(value) <= INT64_MAX:
        node.integer = int(value)
    if value == int(value) and 0 <= int(value) <= UINT64_MAX:
        node.natural = int(value)


def _complex(node: nodes.Number, text: str) -> None:
    match = re.fullmatch(r"(?P<real>[^i]*?[^eEpP])??(?P<imaginary>[+-]?[^+-]*(?:[eEpP][+-][0-9_]+)?)i", text)
    real = 0.0 if not match or not match["real"] else parse_float(match["real"])
    imaginary = parse_float(match["imaginary"]) if match else None
    if real is None or imaginary is None:
        raise NumberError(f"illegal number syntax: {quote(text)}")
    node.imaginary = complex(real, imaginary)
    if imaginary == 0:
        node.floating = real
        if real == int(real):
            node.integer = int(real)
            node.natural = int(real) if real >= 0 else None
