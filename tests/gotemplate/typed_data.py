"""Data of cases as values of `meshctl.gotemplate`, with the types that the Go program gives them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from meshctl.gotemplate import types
from meshctl.gotemplate.types import GoType, Method, StructField, map_of, pointer_to, slice_of
from meshctl.gotemplate.values import (
    Float32,
    Int32,
    Int64,
    Pointer,
    Struct,
    TypedList,
    TypedMap,
    Uint8,
    Uint32,
    Uint64,
    typed,
    zero,
)
from tests.gotemplate import oracle

MARKS: dict[str, Callable[[Any], Any]] = {
    "$int": int,
    "$int32": Int32,
    "$int64": Int64,
    "$uint8": Uint8,
    "$uint32": Uint32,
    "$uint64": Uint64,
    "$float32": Float32,
    "$bytes": lambda text: base64.b64decode(text),
    "$strings": lambda items: TypedList(types.STRING_LIST, items),
    "$ints": lambda items: TypedList(types.INT_LIST, items),
    "$stringMap": lambda items: TypedMap(types.STRING_MAP, items),
    "$intMap": lambda items: TypedMap(map_of(types.INT), items),
    "$pointer": lambda text: Pointer(pointer_to(types.STRING), text),
}

ROOTS = {"injection": "main.Injection", "pod": "v1.Pod"}


def value(data: Any, root: str = "") -> Any:
    """The value that a case's data stand for."""
    if root:
        return typed(data, pointer_to(go_type(ROOTS[root])))
    if isinstance(data, Mapping):
        if len(data) == 1 and (mark := next(iter(data))) in MARKS:
            return MARKS[mark](data[mark])
        return {key: value(item) for key, item in data.items()}
    if isinstance(data, list):
        return [value(item) for item in data]
    return float(data) if isinstance(data, int) and not isinstance(data, bool) else data


_BASIC = {
    found.name: found
    for found in (types.STRING, types.BOOL, types.INT, types.INT32, types.INT64, types.UINT8, types.UINT32)
} | {found.name: found for found in (types.UINT64, types.FLOAT32, types.FLOAT64, types.ANY)}


@cache
def go_type(name: str) -> GoType:
    """A type by its Go name, as the Go program describes it."""
    if name in _BASIC:
        return _BASIC[name]
    found = oracle.types()[name]
    kind = found["kind"]
    if name.startswith("*"):
        return pointer_to(go_type(found["element"]))
    if name.startswith("[]"):
        return slice_of(go_type(found["element"]))
    if name.startswith("map["):
        return map_of(go_type(found["element"]))
    return GoType(
        name,
        kind,
        element=go_type(found["element"]) if "element" in found else None,
        key=types.STRING if kind == "map" else None,
        fields=partial(_fields, name),
        nil_methods=partial(_getter, name),
    )


def _fields(name: str) -> dict[str, StructField]:
    return {
        field["name"]: StructField(
            field["key"] or field["name"],
            go_type(field["type"]),
            embedded=field.get("embedded", False),
            inline=field.get("inline", False),
            omit_empty=field.get("omitEmpty", False),
        )
        for field in oracle.types()[name].get("fields", [])
    }


def _getter(name: str, method: str) -> Method | None:
    """Getters of messages: they give the zero value of a message that is not there."""
    found = oracle.types()[name]
    field = found["kind"] == "struct" and go_type(name).fields.get(method.removeprefix("Get"))
    if not field or not method.startswith("Get") or method not in found["methods"]:
        return None

    def get(receiver: Struct | None) -> Any:
        return zero(field.type) if receiver is None else receiver.field(method.removeprefix("Get"))

    return get
