"""JSON in templates."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from meshctl.gotemplate.errors import FunctionError
from meshctl.gotemplate.function import FunctionMap
from meshctl.gotemplate.json_writer import json_text

_SURROGATE = re.compile("[\ud800-\udfff]")


def _no_constant(name: str) -> Any:
    raise ValueError(f"JSON has no {name}")


def _number(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text} is too great a number")
    return number


def _readable(value: Any) -> Any:
    """The value with U+FFFD for halves of characters and for bytes that are no UTF-8."""
    if isinstance(value, str):
        return value if value.isascii() else _SURROGATE.sub("�", value)
    if isinstance(value, list):
        return [_readable(item) for item in value]
    return {_readable(key): _readable(item) for key, item in value.items()} if isinstance(value, dict) else value


def read_json(text: str) -> Any:
    """The value of a JSON text, all numbers as floating-point ones; raises `FunctionError`."""
    try:
        value = json.loads(text, parse_int=_number, parse_float=_number, parse_constant=_no_constant)
        return value if "\\u" not in text and text.isascii() else _readable(value)
    except (ValueError, RecursionError) as error:
        raise FunctionError(f"no JSON: {error}") from None


def must_from_json(text: str) -> Any:
    """The value of a JSON text."""
    return read_json(text)


def from_json(text: str) -> Any:
    """The value of a JSON text, or nil if it is none."""
    try:
        return read_json(text)
    except FunctionError:
        return None


def must_to_json(value: Any) -> str:
    """The JSON of a value on one line."""
    return json_text(value)


def to_json(value: Any) -> str:
    """The JSON of a value on one line, or nothing if it has none."""
    return _lenient(value)


def _lenient(value: Any, **options: Any) -> str:
    try:
        return json_text(value, **options)
    except FunctionError:
        return ""


def must_to_pretty_json(value: Any) -> str:
    """The JSON of a value on several lines."""
    return json_text(value, indent=2)


def to_pretty_json(value: Any) -> str:
    """The JSON of a value on several lines, or nothing if it has none."""
    return _lenient(value, indent=2)


def must_to_raw_json(value: Any) -> str:
    """The JSON of a value on one line, with the characters `<`, `>` and `&` as they are."""
    return json_text(value, escape_html=False)


SERIALIZATION: FunctionMap = {
    "fromJson": from_json,
    "mustFromJson": must_from_json,
    "mustToJson": must_to_json,
    "mustToPrettyJson": must_to_pretty_json,
    "mustToRawJson": must_to_raw_json,
    "toJson": to_json,
    "toPrettyJson": to_pretty_json,
    "toRawJson": must_to_raw_json,
}
