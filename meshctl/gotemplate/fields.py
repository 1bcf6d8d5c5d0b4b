"""Fields, map keys and methods of values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from meshctl.gotemplate.types import Method
from meshctl.gotemplate.values import MISSING, Pointer, Struct, TypedMap, dereferenced, type_of, zero

Fail = Callable[[str], Exception]
"""Makes the error of a problem, with the place in the template that has it."""


def method_of(value: Any, name: str) -> tuple[Method, Any] | None:
    """The method of a value, and the receiver to call it with; promoted methods of embedded structs as well."""
    target = dereferenced(value)
    if target.__class__ is dict or target.__class__ is str:
        return None
    if isinstance(target, Pointer):
        element = target.go_type.element
        found = element.method(name, on_nil=True) if element is not None else None
        return (found, None) if found is not None else None
    found = type_of(target).method(name)
    if found is not None:
        return found, target
    if isinstance(target, Struct):
        for other, field in target.go_type.fields.items():
            if field.embedded and (inner := method_of(target.field(other), name)) is not None:
                return inner
    return None


def holds_anything(holder: Any) -> bool:
    """Whether the values in a list or map may be of any type, so that this is what messages call them."""
    element = type_of(holder).element
    return element is not None and element.kind == "interface"


def field_of(receiver: Any, name: str, missing_key: str, fail: Fail, type_name: str = "") -> Any:
    """What `.name` of a value is: a field, or the entry of a map. Methods are tried before, by the caller.

    `type_name` is what messages call the type of the value, if it is not that of the value itself.
    """
    if receiver is MISSING:
        if missing_key == "error":
            raise fail(f'nil data; no entry for key "{name}"')
        return MISSING
    if receiver is None:
        raise fail(f"nil pointer evaluating interface {{}}.{name}")
    target = dereferenced(receiver)
    if isinstance(target, Struct):
        found = target.field(name)
        if found is not MISSING:
            return found
    elif isinstance(target, dict):
        key = type_of(target).key
        if key is None or key.kind == "string":
            return target[name] if name in target else _missing(target, name, missing_key, fail)
    elif isinstance(target, Pointer):
        element = target.go_type.element
        if element is None or element.kind != "struct" or zero(element).field(name) is not MISSING:
            raise fail(f"nil pointer evaluating {type_name or type_of(receiver).name}.{name}")
    raise fail(f"can't evaluate field {name} in type {type_name or type_of(receiver).name}")


def _missing(target: dict[str, Any], name: str, missing_key: str, fail: Fail) -> Any:
    if missing_key == "error":
        raise fail(f'map has no entry for key "{name}"')
    if missing_key == "default":
        return MISSING
    element = target.go_type.element if isinstance(target, TypedMap) else None
    return zero(element) if element is not None else None
