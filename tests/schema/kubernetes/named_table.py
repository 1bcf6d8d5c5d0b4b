"""Schemas as field tables in which shared definitions keep their names: `#Name` is a definition of the same file.

`tests.schema.field_table` follows every reference; here each part is compared once, where it is written.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from tests.schema.field_table import Node, Table, attributes, read_schema

ALTERNATIVES = {"array": "schemaOrArray", "boolean": "schemaOrBool", "strings": "schemaOrStrings"}
"""The three places where a CRD holds either a schema or something else."""


def named_table(file: str) -> Table:
    """The fields of a file and of its definitions."""
    schema = read_schema(file)
    found = dict(_below(file, schema, "", required=False))
    for name, node in schema.get("$defs", {}).items():
        found.update(_below(file, node, f"#{name}", required=False))
    return found


def _below(file: str, node: Node, path: str, *, required: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    found = _reference(file, node) if "$ref" in node else _attributes(node)
    if required:
        found["required"] = True
    yield path, found
    if "$ref" in node:
        return
    needed = node.get("required", [])
    assert set(needed) <= set(node.get("properties", {})), path
    before = f"{path}." if path else ""
    for name, child in node.get("properties", {}).items():
        yield from _below(file, child, f"{before}{name}", required=name in needed)
    for keyword, suffix in (("items", "[]"), ("additionalProperties", "{}")):
        if isinstance(node.get(keyword), dict):
            yield from _below(file, node[keyword], path + suffix, required=False)


def _reference(file: str, node: Node) -> dict[str, Any]:
    target, _, pointer = node["$ref"].partition("#")
    place = posixpath.normpath(posixpath.join(posixpath.dirname(file), target)) if target else ""
    found = attributes({key: value for key, value in node.items() if key != "$ref"})
    found["type"] = "object"
    if place == "meta/v1/ObjectMeta.json":
        found["objectMeta"] = True
    elif "aliasOf" not in found:
        found["ref"] = place + (f"#{pointer.removeprefix('/$defs/')}" if pointer else "")
    return found


def _attributes(node: Node) -> dict[str, Any]:
    if "anyOf" in node:
        (other,) = (branch for branch in node["anyOf"] if branch.get("type") in ("array", "boolean"))
        word = "strings" if other.get("items") == {"type": "string"} else other["type"]
        return {"wkt": ALTERNATIVES[word], "nullable": {"type": "null"} in node["anyOf"]}
    if "enum" in node and isinstance(node.get("type"), list):
        assert (None in node["enum"]) == ("null" in node["type"])
    found = attributes(node)
    if node.get("properties") and "additionalProperties" not in node and not found.get("preserveUnknown"):
        found["open"] = True
    return found
