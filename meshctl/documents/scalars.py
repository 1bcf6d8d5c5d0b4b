"""What a plain scalar stands for: the rules of go-yaml version 2 below sigs.k8s.io/yaml, which Kubernetes uses.

They mix YAML 1.1 (yes, on, 012) and 1.2 (0o17) and know no sexagesimal numbers; timestamps end up as text.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import struct
from datetime import datetime

Scalar = str | int | float | bool | None

MAX_UNSIGNED = 2**64 - 1
MIN_SIGNED, MAX_SIGNED = -(2**63), 2**63 - 1

WORDS: dict[str, bool | None] = {
    **{
        cased: value
        for value, words in ((True, ("yes", "true", "on")), (False, ("no", "false", "off")), (None, ("null",)))
        for word in words
        for cased in (word, word.capitalize(), word.upper())
    },
    "y": True,
    "Y": True,
    "n": False,
    "N": False,
    "~": None,
    "": None,
}
"""The words that are booleans or null when written plain."""

_NOT_FINITE = {
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **{sign + name: math.inf for name in (".inf", ".Inf", ".INF") for sign in ("", "+")},
    **{"-" + name: -math.inf for name in (".inf", ".Inf", ".INF")},
}

_WORD_STARTS = frozenset("yYnNtTfFoO~")
_NUMBER_STARTS = frozenset("0123456789+-")
_INTEGER = re.compile(r"([-+]?)(?:0[bB]([01]+)|0[oO]?([0-7]+)|0[xX]([0-9a-fA-F]+)|([1-9][0-9]*|0))", re.ASCII)
_SIGNED_BINARY = re.compile(r"0b([-+][01]+)", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_POINT_FLOAT = re.compile(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?", re.ASCII)
_TIMESTAMP = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:[Tt]([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?(?:Z|[-+][0-9]{2}:[0-9]{2})"
    r"| ([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?)?",
    re.ASCII,
)
# Go's format "g" writes larger exponents as such.
_FIXED_BELOW = 6
# Python refuses to convert longer decimal numbers, and none of them fits into 64 bits.
_LONGEST_NUMBER = 4000


class ScalarError(ValueError):
    """A scalar that Kubernetes' reader refuses."""


def plain(text: str) -> Scalar:
    """The value of an untagged plain scalar; `.inf` and `.nan` are floats here, which only keys may be."""
    first = text[:1]
    if first in _NUMBER_STARTS:
        return _NOT_FINITE[text] if text in _NOT_FINITE else _number(text)
    if first in _WORD_STARTS or not first:
        return WORDS.get(text, text)
    if first == ".":
        if text in _NOT_FINITE:
            return _NOT_FINITE[text]
        if _POINT_FLOAT.fullmatch(text):
            return _finite(text.replace("_", ""), text)
    return text


def tagged(tag: str, text: str) -> Scalar:
    """The value of a scalar, plain or quoted, with an explicit tag; a tag that is not YAML's own gives text."""
    name = tag.removeprefix("tag:yaml.org,2002:") if tag.startswith("tag:yaml.org,2002:") else ""
    if name == "binary":
        return _binary(text)
    if name == "timestamp":
        if is_timestamp(text):
            return text
        raise ScalarError("the tag !!timestamp does not fit the value")
    if name not in ("int", "float", "bool", "null"):
        return text
    value = plain(text)
    if name == "float" and type(value) is int:
        return float(value)
    fits = {"int": type(value) is int, "float": type(value) is float, "bool": type(value) is bool}
    if fits.get(name, value is None):
        return value
    raise ScalarError(f"the tag !!{name} does not fit the value")


def key(value: Scalar) -> str:
    """The text of a scalar key: JSON objects know no others. Raises ScalarError for null and unsigned 64-bit keys."""
    if type(value) is str:
        return value
    if value is None:
        raise ScalarError("null cannot be a key")
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is int:
        if value > MAX_SIGNED:
            raise ScalarError("a key that is a number must fit into 64 bits with a sign")
        return str(value)
    return _go_float32(value) if type(value) is float else str(value)


def is_timestamp(text: str) -> bool:
    """Whether go-yaml takes the text for a timestamp: a date, or a date and time with the zone after `T` only."""
    found = _TIMESTAMP.fullmatch(text)
    if not found:
        return False
    year, month, day, *times = (int(part) if part else 0 for part in found.groups())
    hour, minute, second = (one or other for one, other in zip(times[:3], times[3:], strict=True))
    try:
        # Go knows a year 0, a leap year; Python does not.
        datetime(year or 2000, month, day, hour, minute, second)
    except ValueError:
        return False
    return True


def _number(text: str) -> Scalar:
    if len(text) > _LONGEST_NUMBER:
        return text
    digits = text.replace("_", "")
    found = _INTEGER.fullmatch(digits)
    if found:
        sign, binary, octal, hexadecimal, decimal = found.groups()
        value = (
            int(decimal)
            if decimal
            else int(octal, 8)
            if octal
            else int(hexadecimal, 16)
            if hexadecimal
            else int(binary, 2)
        )
        if sign == "-":
            value = -value
        if MIN_SIGNED <= value <= MAX_SIGNED or (not sign and value <= MAX_UNSIGNED):
            return value
    if _FLOAT.fullmatch(digits):
        return _finite(digits, text)
    found = _SIGNED_BINARY.fullmatch(digits)
    if found and MIN_SIGNED <= (value := int(found[1], 2)) <= MAX_SIGNED:
        return value
    return text


def _finite(digits: str, text: str) -> Scalar:
    value = float(digits)
    # Go reports an overflow as an error, and the scalar stays text.
    return text if math.isinf(value) else value


def _binary(text: str) -> str:
    try:
        raw = base64.b64decode(text.replace("\r", "").replace("\n", ""), validate=True)
    except (binascii.Error, ValueError):
        raise ScalarError("the value of the tag !!binary is not base64") from None
    # Go's JSON encoder writes U+FFFD for each byte that is not UTF-8.
    decoded = raw.decode("utf-8", "surrogateescape")
    return re.sub("[\ud800-\udfff]", "\ufffd", decoded)


def _go_float32(value: float) -> str:
    """A key that is a float, written as sigs.k8s.io/yaml does: Go's shortest form of the nearest 32-bit float."""
    if math.isnan(value):
        return ".nan"
    try:
        packed = struct.pack("f", value)
    except OverflowError:
        packed = struct.pack("f", math.copysign(math.inf, value))
    short: float = struct.unpack("f", packed)[0]
    if math.isinf(short):
        return ".inf" if short > 0 else "-.inf"
    digits = next(n for n in range(9) if struct.pack("f", float(f"{short:.{n}e}")) == packed)
    mantissa, _, power = f"{short:.{digits}e}".partition("e")
    exponent = int(power)
    if -4 <= exponent < _FIXED_BELOW:
        return f"{float(f'{short:.{digits}e}'):.{max(digits - exponent, 0)}f}"
    return f"{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
