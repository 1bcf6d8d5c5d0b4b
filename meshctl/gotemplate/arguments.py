"""Whether a value can be given to a parameter, and as what."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from meshctl.gotemplate import nodes, types
from meshctl.gotemplate.fields import Fail
from meshctl.gotemplate.types import GoType, assignable
from meshctl.gotemplate.values import MISSING, Pointer, scalar_class, type_of, zero

Check = Callable[[Any], Any]


def checked(value: Any, wanted: GoType, fail: Fail) -> Any:
    """The value as a parameter of a type takes it; raises what `fail` makes of the problem."""
    if value is MISSING:
        if wanted is types.RAW or wanted.kind in types.NILABLE:
            return MISSING if wanted is types.RAW else zero(wanted)
        raise fail(f"invalid value; expected {wanted.name}")
    if wanted is types.RAW or wanted.kind == "interface":
        return value
    have = type_of(value)
    if assignable(have, wanted):
        return value
    if isinstance(value, Pointer) and have.element is not None and assignable(have.element, wanted):
        if value.target is None:
            raise fail(f"dereference of nil pointer of type {wanted.name}")
        return value.target
    if (
        wanted.kind == "ptr"
        and wanted.element is not None
        and have.kind == "struct"
        and assignable(have, wanted.element)
    ):
        return Pointer(wanted, value)
    raise fail(f"wrong type for value; expected {wanted.name}; got {have.name}")


def constant(node: nodes.Node, wanted: GoType, fail: Fail) -> Any:
    """The value of a literal where a type is wanted. Literals have no type of their own: `1` can be an int64."""
    if wanted is types.RAW or wanted.kind == "interface":
        return ideal(node, fail)
    kind = wanted.kind
    if kind == "bool":
        if isinstance(node, nodes.Bool):
            return node.value
        raise fail(f"expected bool; found {node}")
    if kind == "string":
        if isinstance(node, nodes.String):
            return node.text if wanted is types.STRING else scalar_class(wanted)(node.text)
        raise fail(f"expected string; found {node}")
    if kind in types.INTEGERS or kind in types.FLOATS:
        return _number(node, wanted, fail)
    raise fail(f"can't handle {node} for arg of type {wanted.name}")


def _number(node: nodes.Node, wanted: GoType, fail: Fail) -> Any:
    word = "integer" if wanted.kind in types.SIGNED else "float"
    word = "unsigned integer" if wanted.kind in types.UNSIGNED else word
    value: float | None = None
    if isinstance(node, nodes.Number):
        value = node.integer if wanted.kind in types.SIGNED else node.floating
        value = node.natural if wanted.kind in types.UNSIGNED else value
    if value is None:
        raise fail(f"expected {word}; found {node}")
    return scalar_class(wanted)(value)


def ideal(node: nodes.Node, fail: Fail) -> Any:
    """The value of a literal where no type is wanted."""
    if isinstance(node, nodes.Bool):
        return node.value
    if isinstance(node, nodes.String):
        return node.text
    if isinstance(node, nodes.Number):
        hexadecimal = node.text[:2].lower() == "0x" and not set(node.text) & set("pP")
        if node.imaginary is not None:
            return node.imaginary
        if node.floating is not None and not node.is_character and not hexadecimal and set(node.text) & set(".eEpP"):
            return node.floating
        if node.integer is not None:
            return node.integer
        if node.natural is not None:
            raise fail(f"{node.text} overflows int")
        if node.floating is not None and not math.isinf(node.floating):
            return node.floating
    raise fail(f"can't handle assignment of {node} to empty interface argument")
