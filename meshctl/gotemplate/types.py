"""Types of the values that templates work on, as Go knows them.

Go decides by static types what a template may do: which fields exist, what a missing key gives, whether a value can be
passed to a function. A `GoType` says of a Python value what Go would know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

SIGNED = frozenset({"int", "int8", "int16", "int32", "int64"})
UNSIGNED = frozenset({"uint", "uint8", "uint16", "uint32", "uint64", "uintptr"})
INTEGERS = SIGNED | UNSIGNED
FLOATS = frozenset({"float32", "float64"})
NILABLE = frozenset({"interface", "map", "slice", "ptr", "func"})

RANGES = {
    **{name: (-(1 << bits - 1), (1 << bits - 1) - 1) for name, bits in (("int8", 8), ("int16", 16), ("int32", 32))},
    **{name: (0, (1 << bits) - 1) for name, bits in (("uint8", 8), ("uint16", 16), ("uint32", 32))},
    **dict.fromkeys(("int", "int64"), (-(1 << 63), (1 << 63) - 1)),
    **dict.fromkeys(("uint", "uint64", "uintptr"), (0, (1 << 64) - 1)),
}
"""The least and the greatest value of each integer kind."""

Method = Callable[..., Any]
Methods = Mapping[str, Method] | Callable[[str], Method | None]


@dataclass(frozen=True, slots=True)
class StructField:
    """A field of a struct: the key that holds it in the data, its type, and whether its own fields are promoted.

    An `inline` field has no key of its own: its fields lie in the data of the struct itself. `omit_empty` tells the
    JSON writer to leave out a zero value.
    """

    key: str
    type: GoType
    embedded: bool = False
    inline: bool = False
    omit_empty: bool = True


class GoType:
    """A type: its name as Go prints it, its kind, and what it is made of.

    `methods` are callable on values of the type and take the value first. `nil_methods` are callable on nil pointers to
    the type as well, and get None then. Either is a mapping, or a function that gives the method of a name or None.
    The fields of a struct may be given by a function, which is called once when they are first needed: types may refer
    to each other in circles. `nil_text` is what the method String gives for nil pointers, of types of which nothing
    else is known of it. `read` makes the data of a value out of those of a type with a JSON form of its own.
    """

    __slots__ = ("_fields", "_found", "_methods", "_nil_methods", "element", "key", "kind", "name", "nil_text", "read")

    def __init__(
        self,
        name: str,
        kind: str,
        *,
        element: GoType | None = None,
        key: GoType | None = None,
        fields: Mapping[str, StructField] | Callable[[], Mapping[str, StructField]] | None = None,
        methods: Methods | None = None,
        nil_methods: Methods | None = None,
        nil_text: str = "",
        read: Callable[[Any], Any] | None = None,
    ) -> None:
        self.name = name
        self.kind = kind
        self.element = element
        self.key = key
        self.nil_text = nil_text
        self.read = read
        self._fields = fields if fields is not None else {}
        self._methods: Methods = methods or {}
        self._nil_methods: Methods = nil_methods or {}
        self._found: dict[tuple[str, bool], Method | None] = {}

    @property
    def fields(self) -> Mapping[str, StructField]:
        """Fields of a struct by their Go names, in the order of their declaration."""
        if callable(self._fields):
            self._fields = self._fields()
        return self._fields

    def method(self, name: str, on_nil: bool = False) -> Method | None:
        """The method of a name, if the type has it; on a nil pointer only those that can deal with one."""
        if (name, on_nil) not in self._found:
            found = _method(self._nil_methods, name)
            if found is None and not on_nil:
                found = _method(self._methods, name)
            elif found is None and name == "String" and self.nil_text:
                found = self._text_of_nil
            self._found[name, on_nil] = found
        return self._found[name, on_nil]

    def _text_of_nil(self, _: None) -> str:
        return self.nil_text

    def __repr__(self) -> str:
        return f"<{self.name}>"


def _method(methods: Methods, name: str) -> Method | None:
    return methods(name) if callable(methods) else methods.get(name)


def slice_of(element: GoType, name: str = "", methods: Methods | None = None) -> GoType:
    """The type of lists of a type; equal calls without a name give the same object."""
    if name or methods:
        return GoType(name or f"[]{element.name}", "slice", element=element, methods=methods)
    found = _SLICES.get(element)
    if found is None:
        found = _SLICES[element] = GoType(f"[]{element.name}", "slice", element=element)
    return found


def map_of(element: GoType, name: str = "", methods: Methods | None = None) -> GoType:
    """The type of maps from strings to a type; equal calls without a name give the same object."""
    if name or methods:
        return GoType(name or f"map[string]{element.name}", "map", key=STRING, element=element, methods=methods)
    found = _MAPS.get(element)
    if found is None:
        found = _MAPS[element] = GoType(f"map[string]{element.name}", "map", key=STRING, element=element)
    return found


def pointer_to(element: GoType) -> GoType:
    """The type of pointers to a type; equal calls give the same object."""
    found = _POINTERS.get(element)
    if found is None:
        found = _POINTERS[element] = GoType(f"*{element.name}", "ptr", element=element)
    return found


_SLICES: dict[GoType, GoType] = {}
_MAPS: dict[GoType, GoType] = {}
_POINTERS: dict[GoType, GoType] = {}

BOOL = GoType("bool", "bool")
STRING = GoType("string", "string")
INT = GoType("int", "int")
INT32 = GoType("int32", "int32")
INT64 = GoType("int64", "int64")
UINT8 = GoType("uint8", "uint8")
UINT32 = GoType("uint32", "uint32")
UINT64 = GoType("uint64", "uint64")
FLOAT32 = GoType("float32", "float32")
FLOAT64 = GoType("float64", "float64")
COMPLEX128 = GoType("complex128", "complex128")
ANY = GoType("interface {}", "interface")
RAW = GoType("reflect.Value", "raw")
"""Parameter type of the functions that want an argument as it stands, even when there is no value."""

BYTES = slice_of(UINT8)
ANY_LIST = slice_of(ANY)
ANY_MAP = map_of(ANY)
STRING_LIST = slice_of(STRING)
STRING_MAP = map_of(STRING)
INT_LIST = slice_of(INT)


def assignable(value: GoType, target: GoType) -> bool:
    """Whether a value of a type can be given where another type is wanted.

    Two types are the same when they have the same name; a named list or map and the unnamed one with the same parts
    can stand for each other.
    """
    if value is target or target is ANY or value.name == target.name:
        return True
    if value.kind != target.kind or value.kind not in ("map", "slice"):
        return False
    same_parts = value.element is not None and target.element is not None and value.element.name == target.element.name
    named = not value.name.startswith(("map[", "[]")), not target.name.startswith(("map[", "[]"))
    return same_parts and not all(named)
