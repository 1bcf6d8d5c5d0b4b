"""Values of templates: Python's own, and the ones that Python has no word for.

`str`, `bool`, `int`, `float`, `bytes`, `list`, `dict` and `None` stand for Go's `string`, `bool`, `int`, `float64`,
`[]byte`, `[]interface {}`, `map[string]interface {}` and the nil of an `interface {}`. All else carries its type:
`Int64(5)`, `TypedMap(STRING_MAP, {...})`, `Pointer(type, None)`. A subclass of `int`, `float` or `str` with a
`go_type` is a named type, such as an enumeration.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from typing import Any

from meshctl.gotemplate import types
from meshctl.gotemplate.types import GoType, StructField


class _Missing:
    """There is no value at all, not even nil: a key that a map does not have."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<no value>"

    def __bool__(self) -> bool:
        return False


MISSING = _Missing()


class Int32(int):
    """Go's int32."""

    go_type = types.INT32


class Int64(int):
    """Go's int64."""

    go_type = types.INT64


class Uint8(int):
    """Go's uint8, a byte."""

    go_type = types.UINT8


class Uint32(int):
    """Go's uint32."""

    go_type = types.UINT32


class Uint64(int):
    """Go's uint64."""

    go_type = types.UINT64


class Float32(float):
    """Go's float32."""

    go_type = types.FLOAT32

    def __new__(cls, value: float = 0.0) -> Float32:
        """The number rounded to 32 bits."""
        return super().__new__(cls, struct.unpack("f", struct.pack("f", value))[0])


class TypedList(list[Any]):
    """A list whose elements have one static type; a nil one is empty."""

    __slots__ = ("go_type", "is_nil")

    def __init__(self, go_type: GoType, items: Iterable[Any] | None = ()) -> None:
        super().__init__(() if items is None else items)
        self.go_type = go_type
        self.is_nil = items is None


class TypedMap(dict[Any, Any]):
    """A map whose elements have one static type; a nil one is empty."""

    __slots__ = ("go_type", "is_nil")

    def __init__(self, go_type: GoType, items: Mapping[Any, Any] | None = None) -> None:
        super().__init__({} if items is None else items)
        self.go_type = go_type
        self.is_nil = items is None


class Struct:
    """A view of a mapping as a Go struct: fields by their Go names, zero values for what is absent."""

    __slots__ = ("data", "go_type", "seen")

    def __init__(self, go_type: GoType, data: Mapping[str, Any]) -> None:
        self.go_type = go_type
        self.data = data
        self.seen: dict[str, Any] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Struct) and self.go_type is other.go_type and self.data == other.data

    __hash__ = None  # type: ignore[assignment]

    def __getitem__(self, name: str) -> Any:
        return self.seen[name]  # what was read before; a KeyError sends the renderer to `field`

    def field(self, name: str) -> Any:
        """The value of a field, also of an embedded struct's; `MISSING` if the struct has no such field."""
        found = self.seen.get(name, MISSING)
        if found is not MISSING:
            return found
        declared = self.go_type.fields.get(name)
        if declared is not None:
            data = self.data if declared.inline else self.data.get(declared.key)
            value = typed(data, declared.type)
            self.seen[name] = value
            return value
        for other, embedded in self.go_type.fields.items():
            if embedded.embedded and _has_field(embedded.type, name):
                inner = self.field(other)
                if isinstance(inner, Pointer):
                    inner = inner.target
                if isinstance(inner, Struct):
                    return inner.field(name)
        return MISSING


class Pointer:
    """A pointer, which may be nil."""

    __slots__ = ("go_type", "target")

    def __init__(self, go_type: GoType, target: Any) -> None:
        self.go_type = go_type
        self.target = target

    def __getitem__(self, name: str) -> Any:
        return self.target[name]  # as with structs; nil has no items, which sends the renderer to the long way

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pointer) and (self is other or (self.target is None and other.target is None))

    __hash__ = None  # type: ignore[assignment]


def _has_field(go_type: GoType, name: str) -> bool:
    struct = go_type.element if go_type.kind == "ptr" else go_type
    if struct is None or struct.kind != "struct":
        return False
    fields = struct.fields
    return name in fields or any(field.embedded and _has_field(field.type, name) for field in fields.values())


_BASIC: dict[type, GoType] = {
    str: types.STRING,
    bool: types.BOOL,
    int: types.INT,
    float: types.FLOAT64,
    complex: types.COMPLEX128,
    bytes: types.BYTES,
    list: types.ANY_LIST,
    dict: types.ANY_MAP,
}


def type_of(value: Any) -> GoType:
    """The type of a value; `interface {}` for nil and for a value that no Go type fits."""
    basic = _BASIC.get(type(value))
    if basic is not None:
        return basic
    found = getattr(value, "go_type", None)
    return found if isinstance(found, GoType) else types.ANY


_NUMBERS: dict[str, type] = {
    "int": int,
    "int32": Int32,
    "int64": Int64,
    "uint8": Uint8,
    "uint32": Uint32,
    "uint64": Uint64,
    "float32": Float32,
    "float64": float,
}
_NAMED: dict[GoType, type] = {
    types.STRING: str,
    **{getattr(types, name.upper()): number for name, number in _NUMBERS.items()},
}


def scalar_class(go_type: GoType) -> type:
    """The Python class of a type of kind string, integer or float: a subclass that knows its type, if it has a name."""
    found = _NAMED.get(go_type)
    if found is None:
        base = str if go_type.kind == "string" else float if go_type.kind.startswith("float") else int
        found = _NAMED[go_type] = type(go_type.name, (base,), {"go_type": go_type})
    return found


def typed(data: Any, go_type: GoType) -> Any:
    """JSON-like data as a value of a type; data of another kind counts as absent, and the absent is a zero value."""
    kind = go_type.kind
    if kind == "interface":
        return data
    if go_type.read is not None and not isinstance(data, Struct):
        data = go_type.read(data)
    if kind == "string":
        text = data if isinstance(data, str) else ""
        return text if go_type is types.STRING else scalar_class(go_type)(text)
    if kind == "bool":
        return data if isinstance(data, bool) else False
    if kind in types.INTEGERS or kind in types.FLOATS:
        number = data if isinstance(data, int | float) and not isinstance(data, bool) else 0
        return scalar_class(go_type)(number)
    if isinstance(data, Struct | Pointer | TypedList | TypedMap) and data.go_type is go_type:
        return data
    return _typed_compound(data, go_type)


def _typed_compound(data: Any, go_type: GoType) -> Any:
    element = go_type.element
    if go_type.kind == "struct":
        if isinstance(data, Struct):
            return data
        return Struct(go_type, data if isinstance(data, Mapping) else {})
    assert element is not None, f"a {go_type.kind} has elements"
    if go_type.kind == "ptr":
        return Pointer(go_type, None if data is None else typed(data, element))
    if go_type.kind == "map":
        if not isinstance(data, Mapping):
            return TypedMap(go_type)
        return TypedMap(go_type, {key: typed(item, element) for key, item in data.items()})
    if go_type is types.BYTES:
        return data if isinstance(data, bytes) else b""
    if not isinstance(data, list):
        return TypedList(go_type, None)
    return TypedList(go_type, [typed(item, element) for item in data])


def zero(go_type: GoType) -> Any:
    """The value that a variable of a type has before anything is assigned to it."""
    return typed(None, go_type)


def is_true(value: Any) -> bool:
    """Whether `if` takes a value for true: whatever is not zero, empty or nil; a struct always is."""
    if isinstance(value, Pointer):
        return value.target is not None
    if isinstance(value, Struct):
        return True
    return bool(value)


def dereferenced(value: Any) -> Any:
    """What pointers point to; a nil pointer stays."""
    while isinstance(value, Pointer) and value.target is not None:
        value = value.target
    return value


def struct_fields(value: Struct) -> list[tuple[str, StructField, Any]]:
    """Name, declaration and value of every field, in the order of their declaration."""
    return [(name, field, value.field(name)) for name, field in value.go_type.fields.items()]
