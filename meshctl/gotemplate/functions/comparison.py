"""Go's comparisons: values of different kinds do not compare, except integers of all widths."""

from __future__ import annotations

from typing import Any

from meshctl.gotemplate import types
from meshctl.gotemplate.errors import FunctionError
from meshctl.gotemplate.formatting import shown
from meshctl.gotemplate.function import FunctionMap, Raw
from meshctl.gotemplate.values import MISSING, Pointer, Struct, type_of

_KINDS: dict[str, str] = {
    **dict.fromkeys(types.SIGNED, "int"),
    **dict.fromkeys(types.UNSIGNED, "uint"),
    **dict.fromkeys(types.FLOATS, "float"),
    "bool": "bool",
    "string": "string",
    "complex128": "complex",
}
_BAD = "invalid type for comparison"


def _kind(value: Any) -> str:
    return "" if value is None or value is MISSING else _KINDS.get(type_of(value).kind, "")


def _comparable(first: str, second: str) -> bool:
    return first == second or {first, second} == {"int", "uint"}


def _is_nil(value: Any) -> bool:
    if value is None or value is MISSING:
        return True
    if isinstance(value, Pointer):
        return value.target is None
    return bool(getattr(value, "is_nil", False))


def _mismatch(first: Any, second: Any) -> FunctionError:
    return FunctionError(f"incompatible types for comparison: {type_of(first).name} and {type_of(second).name}")


def _equal(first: Any, second: Any) -> bool:
    kind, other = _kind(first), _kind(second)
    if kind != other and not _comparable(kind, other):
        if first is None or first is MISSING or second is None or second is MISSING:
            return False
        raise _mismatch(first, second)
    if kind:
        return bool(first == second)
    if _is_nil(first) or _is_nil(second):
        untyped = {first is None or first is MISSING, second is None or second is MISSING}
        if untyped == {False} and type_of(first).kind != type_of(second).kind:
            raise _not_comparable(first, second)
        return _is_nil(first) and _is_nil(second)
    if type_of(first).kind != type_of(second).kind:
        raise _not_comparable(first, second)
    if isinstance(second, list | dict | bytes):
        raise FunctionError(f"non-comparable type {shown(second)}: {type_of(second).name}")
    if isinstance(first, Struct) and isinstance(second, Struct):
        return first == second
    return first is second or bool(first == second)


def _not_comparable(first: Any, second: Any) -> FunctionError:
    return FunctionError(
        f"non-comparable types {shown(first)}: {type_of(first).name}, {type_of(second).name}: {shown(second)}"
    )


def eq(first: Raw, *others: Raw) -> bool:
    """Whether the first value equals any of the others."""
    if len(others) == 1 and type(first) is type(others[0]) is str:
        return bool(first == others[0])
    if not others:
        raise FunctionError("missing argument for comparison")
    return any(_equal(first, other) for other in others)


def ne(first: Raw, second: Raw) -> bool:
    """Whether two values differ."""
    return not eq(first, second)


def lt(first: Raw, second: Raw) -> bool:
    """Whether the first of two numbers or strings is less."""
    kind, other = _kind(first), _kind(second)
    if not kind or not other:
        raise FunctionError(_BAD)
    if not _comparable(kind, other):
        raise _mismatch(first, second)
    if kind in ("bool", "complex"):
        raise FunctionError(_BAD)
    if kind == "string" and not (first.isascii() and second.isascii()):
        return bool(first.encode("utf-8", "surrogateescape") < second.encode("utf-8", "surrogateescape"))
    return bool(first < second)


def le(first: Raw, second: Raw) -> bool:
    """Whether the first of two numbers or strings is less or equal."""
    return lt(first, second) or eq(first, second)


def gt(first: Raw, second: Raw) -> bool:
    """Whether the first of two numbers or strings is greater."""
    return not le(first, second)


def ge(first: Raw, second: Raw) -> bool:
    """Whether the first of two numbers or strings is greater or equal."""
    return not lt(first, second)


COMPARISONS: FunctionMap = {"eq": eq, "ne": ne, "lt": lt, "le": le, "gt": gt, "ge": ge}
