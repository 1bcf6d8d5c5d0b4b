"""The lenient conversions of sprig: whatever does not fit becomes zero."""

from __future__ import annotations

import math
import re
from typing import Any

from meshctl.gotemplate import types
from meshctl.gotemplate.formatting import shown
from meshctl.gotemplate.numbers import INT64_MAX, INT64_MIN, parse_float, parse_int
from meshctl.gotemplate.sizes import measured
from meshctl.gotemplate.values import MISSING, Int64, Pointer, Struct, TypedList, TypedMap, dereferenced, type_of

_ZERO_DECIMALS = re.compile(r"([+-]?[0-9]*)\.0*")
_BASIC = types.INTEGERS | types.FLOATS | {"string", "bool"}


def wrapped(value: int) -> Int64:
    """A number as an int64, which starts again from the other end when it overflows."""
    return Int64((value + (1 << 63)) % (1 << 64) - (1 << 63))


def text_of(value: Any) -> str:
    """The text of a value as the string functions see it."""
    if type(value) is str:
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return shown(value)


def to_int64(value: Any) -> Int64:
    """A whole number, with the fraction cut off."""
    value = dereferenced(value)
    if isinstance(value, str):
        found = _ZERO_DECIMALS.fullmatch(value)
        number = parse_int(found[1] if found else value)
        return Int64(number if number is not None and INT64_MIN <= number <= INT64_MAX else 0)
    if type_of(value).name not in _BASIC:
        return Int64(0)
    if isinstance(value, float):
        if math.isnan(value) or not INT64_MIN <= value < INT64_MAX:
            return Int64(INT64_MIN)
        return Int64(int(value))
    return wrapped(int(value))


def to_float(value: Any) -> float:
    """A floating-point number."""
    value = dereferenced(value)
    if isinstance(value, str):
        number = _float(value)
        return 0.0 if number is None or (math.isinf(number) and "inf" not in value.lower()) else number
    return float(value) if type_of(value).name in _BASIC else 0.0


def _float(text: str) -> float | None:
    name = re.fullmatch(r"(?i)([+-]?)(inf|infinity|nan)", text)
    if name:
        return float(text) if name[2].lower() != "nan" or not name[1] else None
    return parse_float(text)


def is_empty(value: Any) -> bool:
    """Whether sprig takes a value for empty: zero, nil, or without elements."""
    if value is None or value is MISSING:
        return True
    if isinstance(value, Pointer):
        return value.target is None
    return not isinstance(value, Struct) and not value


def strings_of(value: Any) -> list[str]:
    """The texts of a list's elements, without nils; of anything else its own text."""
    if isinstance(value, list):
        return [text_of(item) for item in value if item is not None]
    if isinstance(value, bytes):
        return [str(byte) for byte in value]
    return [] if value is None or value is MISSING else [text_of(value)]


def deep_equal(first: Any, second: Any) -> bool:
    """Whether two values are the same in type and content."""
    return first is second or _equal(measured(first), measured(second))


def _equal(first: Any, second: Any) -> bool:
    if type_of(first).name != type_of(second).name:
        return False
    if isinstance(first, list) and isinstance(second, list):
        return (
            len(first) == len(second)
            and _nil(first) == _nil(second)
            and all(_equal(a, b) for a, b in zip(first, second, strict=True))
        )
    if isinstance(first, dict) and isinstance(second, dict):
        return (
            first.keys() == second.keys()
            and _nil(first) == _nil(second)
            and all(_equal(item, second[key]) for key, item in first.items())
        )
    if isinstance(first, Pointer) and isinstance(second, Pointer):
        return _equal(first.target, second.target)
    return bool(first == second)


def _nil(value: list[Any] | dict[Any, Any]) -> bool:
    return isinstance(value, TypedList | TypedMap) and value.is_nil
