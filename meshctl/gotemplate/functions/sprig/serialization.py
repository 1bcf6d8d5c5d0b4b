"""JSON in templates."""

from __future__ import annotations

import json
from typing import Any

from meshctl.gotemplate.errors import FunctionError
from meshctl.gotemplate.function import FunctionMap
from meshctl.gotemplate.json_writer import json_text


def _no_constant(name: str) -> Any:
    raise ValueError(f"JSON has no {name}")


def read_json(text: str) -> Any:
    """The value of a JSON text, all numbers as floating-point ones; raises `FunctionError`."""
    try:
        return json.loads(text, parse_int=float, parse_constant=_no_constant)
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
