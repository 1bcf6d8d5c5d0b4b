"""Schemas of what no API server reads, widened to what the reader there takes besides the plain spelling.

`x-meshctl-decoding` at the root of a schema names the reader:

- `protojson`: Protocol Buffers' JSON. Names in snake_case, numbers in quotes, numbers for enum values; null is absence.
- `protojson-named`: the same, with a second name only where `x-meshctl-proto-name` gives one.
- `go-json`: Go's JSON into Kubernetes types: null is absence, and a quantity may be any number.

None of them demands a field.
"""

from __future__ import annotations

from typing import Any

from meshctl.model.proto_names import proto_name

DECODING = "x-meshctl-decoding"
PROTO_NAME = "x-meshctl-proto-name"

_NUMBER = r"^([+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?|NaN|-?Infinity)$"
_INTEGER = r"^-?[0-9]+(\.0*)?$"


def widened(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema as its reader reads; the schema itself where an API server is the reader."""
    reader = schema.get(DECODING)
    return _widened(schema, reader) if reader else schema


def _widened(node: dict[str, Any], reader: str) -> dict[str, Any]:
    found = {key: value for key, value in node.items() if key != "required"}
    for keyword in ("items", "additionalProperties"):
        if isinstance(node.get(keyword), dict):
            found[keyword] = _widened(node[keyword], reader)
    for keyword in ("properties", "$defs"):
        if isinstance(node.get(keyword), dict):
            found[keyword] = {name: _widened(child, reader) for name, child in node[keyword].items()}
    if "properties" in node and reader != "go-json":
        for name, child in node["properties"].items():
            other = child.get(PROTO_NAME) or (proto_name(name) if reader == "protojson" else name)
            found["properties"].setdefault(other, found["properties"][name])
    _widen_value(found, reader)
    return found


def _widen_value(node: dict[str, Any], reader: str) -> None:
    if node.get("x-meshctl-from"):  # known from a chart; the reader takes anything
        node.pop("type", None)
    types = node.get("type")
    if types is None:
        return
    types = [types] if isinstance(types, str) else list(types)
    if "null" not in types:
        types.append("null")
    if reader == "go-json":
        if node.get("x-meshctl-wkt") == "quantity":
            types.append("number")
        if "enum" in node:
            node["enum"] = [*node["enum"], None]
    elif "string" in types and "enum" in node:
        types.append("integer")
        node["if"], node["then"] = {"type": "string"}, {"enum": node.pop("enum")}
    elif "string" not in types and {"integer", "number"} & set(types):
        types.append("string")
        node["pattern"] = _INTEGER if "integer" in types else _NUMBER
    node["type"] = types
