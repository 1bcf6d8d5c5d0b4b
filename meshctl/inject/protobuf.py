"""Mesh config messages: from the JSON that people write to values as templates see them, and back.

A message is a plain mapping by JSON names that holds only what is set: enumerations as numbers, durations and wrappers
as mappings (`{"seconds": 45}`, `{"value": True}`), as Go's structs have them. Unknown fields are dropped, both
spellings of a name (`drainDuration`, `drain_duration`) are read.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import Any

from meshctl.durations import nanoseconds
from meshctl.errors import UnreadableError
from meshctl.inject.go_types import table

MESH_CONFIG = "istio.mesh.v1alpha1.MeshConfig"
PROXY_CONFIG = "istio.mesh.v1alpha1.ProxyConfig"

Message = dict[str, Any]

_DURATION = "google.protobuf.Duration"
_WRAPPERS = {
    "google.protobuf.BoolValue": "bool",
    "google.protobuf.Int32Value": "int32",
    "google.protobuf.Int64Value": "int64",
    "google.protobuf.UInt32Value": "uint32",
}
_FREE = frozenset({"google.protobuf.Struct", "google.protobuf.Value", "google.protobuf.ListValue"})
_RANGES = {
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint32": (0, 2**32 - 1),
    "uint64": (0, 2**64 - 1),
}
_SECOND = 10**9


class MessageError(UnreadableError):
    """A value that a field of a message cannot have; `path` is the field's."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}" if path else problem)
        self.path = path
        self.problem = problem


@cache
def _fields(message: str) -> dict[str, tuple[str, str, str]]:
    """JSON name, type and oneof of the fields of a message, by each of their spellings."""
    found = {}
    for _, json_name, proto_name, kind, oneof in table()["messages"][message]:
        found[json_name] = found[proto_name] = (json_name, kind, oneof)
    return found


def read(message: str, data: Any, path: str = "") -> Message:
    """The message that JSON-like data describe; raises `MessageError`."""
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise MessageError(path, "must be a mapping of fields")
    fields = _fields(message)
    found: Message = {}
    members: dict[str, str] = {}
    for name, value in data.items():
        known = fields.get(name)
        if known is None or value is None:
            continue
        json_name, kind, oneof = known
        where = f"{path}.{json_name}" if path else json_name
        if oneof and members.setdefault(oneof, json_name) != json_name:
            raise MessageError(where, f"excludes {members[oneof]}, which is set too")
        found[json_name] = _read(kind, value, where)
    return found


def _read(kind: str, value: Any, path: str) -> Any:
    if kind.startswith("[]"):
        if not isinstance(value, list):
            raise MessageError(path, "must be a list")
        return [_read(kind[2:], item, f"{path}[{index}]") for index, item in enumerate(value)]
    if kind.startswith("map[string]"):
        if not isinstance(value, Mapping):
            raise MessageError(path, "must be a mapping")
        inner = kind[len("map[string]") :]
        return {str(key): _read(inner, item, f"{path}.{key}") for key, item in value.items()}
    name = kind.removeprefix("*")
    if name in _WRAPPERS:
        return {"value": _scalar(_WRAPPERS[name], value, path)}
    if name == _DURATION:
        return _duration(value, path)
    if name in _FREE:
        return value
    if name in table()["messages"]:
        return read(name, value, path)
    if name in table()["enums"]:
        return _enum(name, value, path)
    return _scalar(name, value, path)


def _enum(name: str, value: Any, path: str) -> int:
    numbers: dict[str, int] = table()["enums"][name]
    if isinstance(value, str) and value in numbers:
        return numbers[value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31:
        return value
    raise MessageError(path, f"cannot be {_shown(value)}; it is one of {', '.join(numbers)}")


def _duration(value: Any, path: str) -> Message:
    total = nanoseconds(value) if isinstance(value, str) else None
    if total is None:
        raise MessageError(path, f"must be a duration such as 45s, not {_shown(value)}")
    seconds, nanos = divmod(abs(total), _SECOND)
    sign = -1 if total < 0 else 1
    return {"seconds": sign * seconds, "nanos": sign * nanos}


def _scalar(kind: str, value: Any, path: str) -> Any:
    if kind == "string":
        if isinstance(value, str):
            return value
        raise MessageError(path, f"must be a text, not {_shown(value)}")
    if kind == "bool":
        if isinstance(value, bool):
            return value
        raise MessageError(path, f"must be true or false, not {_shown(value)}")
    if kind in _RANGES:
        number = _integer(value)
        low, high = _RANGES[kind]
        if number is None or not low <= number <= high:
            raise MessageError(path, f"must be a whole number between {low} and {high}, not {_shown(value)}")
        return number
    if kind in ("float32", "float64"):
        number_ = _real(value)
        if number_ is None:
            raise MessageError(path, f"must be a number, not {_shown(value)}")
        return number_
    return value


def _integer(value: Any) -> int | None:
    """JSON's numbers and texts of numbers, as protobuf takes both."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.lstrip("-")
        return int(value) if text.isascii() and text.isdigit() and len(value) < 25 else None
    if isinstance(value, float):
        return int(value) if math.isfinite(value) and value == int(value) else None
    return value if isinstance(value, int) else None


def _real(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        return float(value) if isinstance(value, int | float | str) else None
    except (ValueError, OverflowError):
        return None


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def to_json(message: str, value: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON form of a message: fields in the order of their declaration, zero values left out.

    Wrappers and members of a oneof are written even when zero, as they are only there when somebody set them.
    """
    found = {}
    for _, json_name, _, kind, oneof in table()["messages"][message]:
        item = value.get(json_name)
        if item is None:
            continue
        text = json_form(kind, item)
        if text in ("", 0, False) and not oneof and not kind.startswith("*"):
            continue
        if (kind.startswith(("[]", "map")) and not item) or (kind in table()["enums"] and item == 0 and not oneof):
            continue
        found[json_name] = text
    return found


def json_form(kind: str, value: Any) -> Any:
    """The JSON form of a value of any kind, those included that have one of their own: durations and wrappers."""
    if kind.startswith("[]"):
        return [json_form(kind[2:], item) for item in value]
    if kind.startswith("map[string]"):
        inner = kind[len("map[string]") :]
        return {key: json_form(inner, value[key]) for key in sorted(value)}
    name = kind.removeprefix("*")
    if name in _WRAPPERS:
        inner = value.get("value", False if _WRAPPERS[name] == "bool" else 0)
        return str(inner) if _WRAPPERS[name] == "int64" else inner
    if name == _DURATION:
        return duration_text(value)
    if name in _FREE:
        return _sorted(value)
    if name in table()["messages"]:
        return to_json(name, value)
    if name in table()["enums"]:
        return next((word for word, number in table()["enums"][name].items() if number == value), value)
    if name in ("int64", "uint64"):
        return str(value)
    if name in ("float32", "float64") and value == int(value) and abs(value) < 2**53:
        return int(value)
    return value


def _sorted(value: Any) -> Any:
    """Free data with the keys of mappings sorted, as those of maps are."""
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def duration_text(value: Mapping[str, Any]) -> str:
    """A duration in protobuf's JSON form: seconds with three, six or nine decimals where it has fractions."""
    seconds, nanos = value.get("seconds", 0), value.get("nanos", 0)
    sign = "-" if seconds < 0 or nanos < 0 else ""
    text = f"{sign}{abs(seconds)}"
    if nanos:
        fraction = f"{abs(nanos):09d}"
        for _ in range(2):
            fraction = fraction.removesuffix("000")
        text += f".{fraction}"
    return text + "s"
