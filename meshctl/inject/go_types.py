"""The Go types of what templates see: pods and their metadata, the mesh config and the proxy config.

Clusters' own templates are written against these types: `.Spec.SecurityContext` is a pointer that may be nil,
`.ProxyConfig.GetTracing.GetTlsSettings` a chain of calls that nil does not break. The table `go_types.json` is printed
by `tests/inject/go_types/main.go` out of the API modules of Kubernetes and Istio.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

from meshctl.gotemplate import types
from meshctl.gotemplate.json_writer import json_in_order, json_string
from meshctl.gotemplate.types import GoType, StructField, map_of, pointer_to, slice_of
from meshctl.gotemplate.values import Struct, typed
from meshctl.inject.quantities import canonical

RAW = frozenset({"resource.Quantity", "intstr.IntOrString", "v1.Time", "v1.MicroTime", "v1.FieldsV1", "time.Time"})
"""Structs with a JSON form of their own."""

_BASIC = {
    "bool": types.BOOL,
    "string": types.STRING,
    "int": types.INT,
    "int32": types.INT32,
    "int64": types.INT64,
    "uint8": types.UINT8,
    "uint32": types.UINT32,
    "uint64": types.UINT64,
    "float32": types.FLOAT32,
    "float64": types.FLOAT64,
}
_FREE = frozenset({"google.protobuf.Struct", "google.protobuf.Value", "google.protobuf.ListValue"})


@cache
def table() -> dict[str, dict[str, Any]]:
    """The table, by section: structs, messages, enums, named."""
    found: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("go_types.json").read_text())
    return found


@cache
def go_type(name: str) -> GoType:
    """The type of a name as Go writes it: `[]v1.Container`, `*int64`, `istio.mesh.v1alpha1.ProxyConfig`."""
    if name in _BASIC:
        return _BASIC[name]
    if name.startswith("*"):
        inner = go_type(name[1:])
        return inner if inner is types.ANY else pointer_to(inner)
    if name.startswith("[]"):
        return slice_of(go_type(name[2:]))
    if name.startswith("map[string]"):
        return map_of(go_type(name[len("map[string]") :]))
    found = table()
    if name == "resource.Quantity":
        return GoType(name, "string", read=_quantity)
    if name == "intstr.IntOrString":
        return _int_or_string(name)
    if name in RAW or name in _FREE:
        return types.ANY
    if name in found["structs"]:
        fields = partial(_struct_fields, name)
        return GoType(name, "struct", fields=fields, methods=_object_methods(name), nil_text="nil")
    if name in found["messages"]:
        return _message(name)
    if name in found["enums"]:
        return _enum(name)
    return GoType(name, found["named"][name])


def _quantity(data: Any) -> str:
    """A quantity in its canonical form, as Go writes it."""
    text = data.strip() if isinstance(data, str) else "0" if data is None else repr(data)
    return canonical(text) or text


def _int_or_string(name: str) -> GoType:
    """A port by number or by name. Templates get at its fields; JSON and text are one of the two."""

    def read(data: Any) -> dict[str, Any]:
        return {"Type": 1, "StrVal": data} if isinstance(data, str) else {"Type": 0, "IntVal": data}

    def json_form(value: Any) -> str:
        return json_string(value.field("StrVal")) if value.field("Type") else str(int(value.field("IntVal")))

    def text(value: Any) -> str:
        return str(value.field("StrVal")) if value.field("Type") else str(int(value.field("IntVal")))

    def number(value: Any) -> int:
        written = text(value)
        return int(written) if re.fullmatch("[+-]?[0-9]{1,18}", written, re.ASCII) else 0

    fields = {field: StructField(field, go_type(kind)) for field, _, kind, _ in table()["structs"][name]}
    methods = {"MarshalJSON": json_form, "String": text, "IntValue": number}
    return GoType(name, "struct", fields=fields, methods=methods, read=read)


def _struct_fields(name: str) -> dict[str, StructField]:
    return {
        field: StructField(
            key, go_type(kind), embedded="e" in flags, inline=key == "", omit_empty="o" in flags or "e" in flags
        )
        for field, key, kind, flags in table()["structs"][name]
    }


def _object_methods(name: str) -> dict[str, Callable[..., Any]]:
    """The accessors of an object's metadata: `GetLabels` and the like."""
    if name != "v1.ObjectMeta":
        return {}
    return {f"Get{field}": _getter(field, go_type(kind)) for field, _, kind, _ in table()["structs"][name]}


def _getter(field: str, kind: GoType) -> Callable[[Any], Any]:
    def get(receiver: Any) -> Any:
        return typed(None, kind) if receiver is None else receiver.field(field)

    return get


def _message(name: str) -> GoType:
    rows = table()["messages"][name]

    def fields() -> dict[str, StructField]:
        return {go: StructField(key, go_type(kind)) for go, key, _, kind, _ in rows}

    def getters(wanted: str) -> Callable[[Any], Any] | None:
        if not wanted.startswith("Get"):
            return None
        row = _rows_by_name(name).get(wanted[3:])
        return _getter(row[0], go_type(row[3])) if row else None

    # The messages of Istio have a JSON form of their own, those of protobuf's library do not.
    methods = {"MarshalJSON": partial(_message_json, name)} if name.startswith("istio.") else {}
    return GoType(_go_name(name), "struct", fields=fields, methods=methods, nil_methods=getters)


def _message_json(name: str, value: Struct) -> str:
    from meshctl.inject.protobuf import to_json

    return json_in_order(to_json(name, value.data))


@cache
def _rows_by_name(name: str) -> dict[str, list[str]]:
    return {row[0]: row for row in table()["messages"][name]}


def _enum(name: str) -> GoType:
    numbers: dict[str, int] = table()["enums"][name]
    names = {number: word for word, number in reversed(numbers.items())}

    def word(value: Any) -> str:
        return names.get(int(value), str(int(value)))

    return GoType(_go_name(name), "int32", methods={"String": word})


def _go_name(name: str) -> str:
    """The name in Go of a message or an enumeration: types inside others are joined with underscores."""
    package, _, local = name.rpartition(".v1")
    if not package:
        local = name.rpartition(".")[2]
        return f"wrapperspb.{local}" if local.endswith("Value") else f"{local.lower()}pb.{local}"
    version, _, inner = local.partition(".")
    return f"v1{version}.{inner.replace('.', '_')}"


def as_go_writes(value: Any, kind: str) -> Any:
    """JSON-like data as Go writes them: the fields of structs in their order, and those that Go never leaves out.

    Unknown fields come behind the known ones.
    """
    if kind.startswith("*"):
        return as_go_writes(value, kind[1:])
    if kind.startswith("[]"):
        return [as_go_writes(item, kind[2:]) for item in value] if isinstance(value, list) else value
    if not isinstance(value, dict):
        return value
    known = _keys(kind) if kind in table()["structs"] and kind not in RAW else {}
    found = {}
    for key, (inner, written, zero) in known.items():
        if value.get(key) is not None:
            found[key] = as_go_writes(value[key], inner)
        elif written:
            found[key] = zero
    return found | {key: value[key] for key in sorted(value) if key not in known}


def completed(value: Any, kind: str) -> Any:
    """JSON-like data with what Go never leaves out and without nulls; the order of fields stays."""
    kind = kind.removeprefix("*")
    if kind.startswith("[]"):
        return [completed(item, kind[2:]) for item in value] if isinstance(value, list) else value
    if not isinstance(value, dict):
        return value
    known = _keys(kind) if kind in table()["structs"] and kind not in RAW else {}
    found = {key: completed(item, known[key][0]) if key in known else item for key, item in value.items()}
    found = {key: item for key, item in found.items() if item is not None}
    return found | {key: zero for key, (_, written, zero) in known.items() if written and key not in found}


@cache
def _keys(struct: str) -> dict[str, tuple[str, bool, Any]]:
    """The fields of a struct by JSON key: type, whether zero is written, and what that is.

    The fields of structs inside that have no key are among them. Go's `omitempty` has no effect on structs.
    """
    found: dict[str, tuple[str, bool, Any]] = {}
    for _, key, kind, flags in table()["structs"][struct]:
        if not key:
            found |= _keys(kind)
        elif kind == "resource.Quantity":
            found[key] = (kind, True, "0")
        else:
            is_struct = kind in table()["structs"] and kind not in RAW
            found[key] = (kind, is_struct or "o" not in flags, {} if is_struct else _zero(kind))
    return found


def _zero(kind: str) -> Any:
    kind = table()["named"].get(kind, kind)
    return {"string": "", "bool": False, "int32": 0, "int64": 0}.get(kind)
