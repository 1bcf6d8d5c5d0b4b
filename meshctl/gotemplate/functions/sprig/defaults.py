"""Defaults for what is empty or absent."""

from __future__ import annotations

from typing import Any

from meshctl.gotemplate.errors import FunctionError
from meshctl.gotemplate.function import FunctionMap
from meshctl.gotemplate.functions.casts import is_empty


def default(fallback: Any, *given: Any) -> Any:
    """The value, or the fallback if it is empty."""
    return fallback if not given or is_empty(given[0]) else given[0]


def empty(value: Any) -> bool:
    """Whether a value is zero, nil or without elements."""
    return is_empty(value)


def coalesce(*values: Any) -> Any:
    """The first value that is not empty, or nil."""
    return next((value for value in values if not is_empty(value)), None)


def all_(*values: Any) -> bool:
    """Whether no value is empty."""
    return not any(map(is_empty, values))


def any_(*values: Any) -> bool:
    """Whether some value is not empty."""
    return not all(map(is_empty, values))


def ternary(yes: Any, no: Any, condition: bool) -> Any:
    """One of two values."""
    return yes if condition else no


def fail(message: str) -> str:
    """Ends the rendering with a message."""
    raise FunctionError(message)


def hello() -> str:
    """A greeting, to see whether the functions are there."""
    return "Hello!"


DEFAULTS: FunctionMap = {
    "all": all_,
    "any": any_,
    "coalesce": coalesce,
    "default": default,
    "empty": empty,
    "fail": fail,
    "hello": hello,
    "ternary": ternary,
}
