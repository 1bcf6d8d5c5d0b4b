"""Types of values, and comparisons with everything in them."""

from __future__ import annotations

from typing import Any

from meshctl.gotemplate.function import FunctionMap
from meshctl.gotemplate.functions import casts
from meshctl.gotemplate.values import type_of


def type_name(value: Any) -> str:
    """The name of the value's type."""
    return "<nil>" if value is None else "func" if callable(value) else type_of(value).name


def type_is(name: str, value: Any) -> bool:
    """Whether the value's type has a name."""
    return name == type_name(value)


def type_is_like(name: str, value: Any) -> bool:
    """Whether the value's type has a name, or is a pointer to a type of that name."""
    return type_name(value) in (name, "*" + name)


def kind(value: Any) -> str:
    """What sort of type the value's is."""
    return "invalid" if value is None else "func" if callable(value) else type_of(value).kind


def kind_is(name: str, value: Any) -> bool:
    """Whether the value's type is of a sort."""
    return name == kind(value)


def deep_equal(first: Any, second: Any) -> bool:
    """Whether two values are the same in type and content."""
    return casts.deep_equal(first, second)


REFLECTION: FunctionMap = {
    "deepEqual": deep_equal,
    "kindIs": kind_is,
    "kindOf": kind,
    "typeIs": type_is,
    "typeIsLike": type_is_like,
    "typeOf": type_name,
}
