"""Schemas as field tables: the flat form in which the tables under `fields/` say what an API accepts.

A table maps a field path to attributes: dots between names, `[]` for the items of a list, `{}` for the values of a map.
`field_table` brings a schema into that form, with every reference followed, so that the two compare directly.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from meshctl.packaged import folder

BASE = "https://meshctl.dev/schemas/"
FIELDS = Path(__file__).parent / "fields"

Node: TypeAlias = Mapping[str, Any]
Table: TypeAlias = dict[str, dict[str, Any]]

FORMAT_RANGES = {
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
}
"""What a format of an integer limits it to; a schema writes these limits out, since validators ignore formats."""

STRUCTURE = frozenset({"$schema", "$id", "$ref", "$defs", "title", "properties", "items", "additionalProperties"})
PLAIN = {
    "type": "type",
    "const": "const",
    "format": "format",
    "default": "default",
    "deprecated": "deprecated",
    "minimum": "min",
    "maximum": "max",
    "exclusiveMinimum": "exclusiveMin",
    "exclusiveMaximum": "exclusiveMax",
    "multipleOf": "multipleOf",
    "minLength": "minLength",
    "maxLength": "maxLength",
    "pattern": "pattern",
    "minItems": "minItems",
    "maxItems": "maxItems",
    "uniqueItems": "uniqueItems",
    "minProperties": "minProperties",
    "maxProperties": "maxProperties",
    "x-kubernetes-list-type": "listType",
    "x-kubernetes-list-map-keys": "listMapKeys",
    "x-kubernetes-map-type": "mapType",
    "x-kubernetes-preserve-unknown-fields": "preserveUnknown",
    "x-meshctl-default": "docDefault",
    "x-meshctl-deprecated-enum": "enumDeprecated",
    "x-meshctl-removed-enum": "enumRemoved",
    "x-meshctl-hidden-enum": "enumHidden",
}
"""Keywords that are an attribute under another name; `x-meshctl-some-flag` not listed here is `someFlag`."""

LINTER = frozenset(
    {"x-meshctl-format", "x-meshctl-key-format", "x-meshctl-mistakes", "x-meshctl-resource", "x-meshctl-decoding"}
)
"""What only the linter knows, and no table holds."""


@cache
def read_schema(path: str) -> dict[str, Any]:
    """The schema at a path below `schemas/`."""
    found: dict[str, Any] = json.loads((folder("schemas") / path).read_text(encoding="utf-8"))
    return found


def read_table(name: str) -> dict[str, Any]:
    """A file of `fields/`, without its `.json`."""
    found: dict[str, Any] = json.loads((FIELDS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def resolve(file: str, node: Node) -> tuple[str, Node]:
    """The node with its references followed, and the file it is in; keywords beside a `$ref` win."""
    while "$ref" in node:
        target, _, pointer = node["$ref"].partition("#")
        if target:
            file = _join(file, target)
        found: Any = read_schema(file)
        for part in pointer.split("/")[1:]:
            found = found[part]
        node = {**found, **{key: value for key, value in node.items() if key != "$ref"}}
    return file, node


def _join(file: str, target: str) -> str:
    parts = [] if target.startswith(BASE) else file.split("/")[:-1]
    for part in target.removeprefix(BASE).split("/"):
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def places(
    file: str, node: Node, path: str = "", skip: frozenset[str] = frozenset(), above: tuple[str, ...] = ()
) -> Iterator[tuple[str, Node, bool]]:
    """Every path below a node, the node there, and whether the parent requires it; `skip` names fields of the root.

    A part that contains itself is entered once.
    """
    if "$ref" in node and above.count(_absolute(file, node["$ref"])) > 1:
        return
    if "$ref" in node:
        above = (*above, _absolute(file, node["$ref"]))
    file, node = resolve(file, node)
    if path == "":
        yield "", node, False
    required = node.get("required", ())
    for name, child in node.get("properties", {}).items():
        if name not in skip:
            yield from _below(file, child, f"{path}.{name}" if path else name, name in required, above)
    if isinstance(node.get("items"), dict):
        yield from _below(file, node["items"], f"{path}[]", False, above)
    if isinstance(node.get("additionalProperties"), dict):
        yield from _below(file, node["additionalProperties"], f"{path}{{}}", False, above)


def _below(
    file: str, child: Node, path: str, required: bool, above: tuple[str, ...]
) -> Iterator[tuple[str, Node, bool]]:
    yield path, resolve(file, child)[1], required
    yield from places(file, child, path, above=above)


def _absolute(file: str, reference: str) -> str:
    target, _, pointer = reference.partition("#")
    return f"{_join(file, target) if target else file}#{pointer}"


def field_table(file: str, *, skip: frozenset[str] = frozenset(), pointer: str = "") -> Table:
    """A schema, or the part of it at a JSON pointer, as a table."""
    found: Table = {}
    root = {"$ref": f"#{pointer}"} if pointer else read_schema(file)
    for path, node, required in places(file, root, skip=skip):
        found[path] = attributes(node)
        if required:
            found[path]["required"] = True
    return found


def attributes(node: Node) -> dict[str, Any]:
    """What a node says about its own value, in the words of the tables."""
    found: dict[str, Any] = {}
    types = node.get("type")
    if node.get("x-kubernetes-int-or-string"):
        assert set(types or ()) - {"null"} == {"integer", "string"}
        found["intOrString"] = True
    elif isinstance(types, list):
        types = [name for name in types if name != "null"]
        found["type"] = types[0] if len(types) == 1 else types
    elif types:
        found["type"] = types
    if isinstance(node.get("type"), list) and "null" in node["type"]:
        found["nullable"] = True
    if "enum" in node:
        found["enum"] = [value for value in node["enum"] if value is not None]
    rules = node.get("x-kubernetes-validations")
    if rules:
        assert all(rule["message"] for rule in rules)
        found["cel"] = [rule["rule"] for rule in rules]
    found |= _groups(node)
    low, high = FORMAT_RANGES.get(node.get("format", ""), (None, None))
    for keyword, value in node.items():
        if keyword in PLAIN and keyword != "type":
            if (keyword, value) not in (("minimum", low), ("maximum", high)):
                found[PLAIN[keyword]] = list(value) if keyword.endswith("-enum") else value
        elif keyword.startswith("x-meshctl-") and keyword not in LINTER:
            found[_camel(keyword.removeprefix("x-meshctl-"))] = value
        elif keyword not in PLAIN and keyword not in LINTER:
            known = STRUCTURE | {"description", "enum", "required", "oneOf", "allOf", "x-kubernetes-validations"}
            assert keyword in known | {"x-kubernetes-int-or-string"}, f"keyword {keyword}"
    return found


def _camel(text: str) -> str:
    return re.sub(r"-(\w)", lambda found: found[1].upper(), text)


def _groups(node: Node) -> dict[str, Any]:
    """The groups of fields that exclude each other."""
    found: dict[str, Any] = {}
    if "oneOf" in node:
        branches, exactly = _branches(node["oneOf"])
        found["oneOfExactlyOne" if exactly else "oneOf"] = branches
    if "allOf" in node:
        groups = [_branches(part["oneOf"]) for part in node["allOf"]]
        assert not any(exactly for _, exactly in groups)
        assert all(set(part) == {"oneOf"} for part in node["allOf"])
        found["allOfOneOf"] = [branches for branches, _ in groups]
    return found


def _branches(schemas: list[Node]) -> tuple[list[list[str]], bool]:
    """The branches of a `oneOf`, and whether one of them must be there.

    "At most one" is written as the API server's own schemas do: a first branch that forbids all the others.
    """
    first, *rest = schemas
    exactly = "not" not in first
    branches = schemas if exactly else rest
    assert all(set(branch) == {"required"} for branch in branches)
    if not exactly:
        assert first == {"not": {"anyOf": branches}}
    return [branch["required"] for branch in branches], exactly


def comparable(table: Mapping[str, Mapping[str, Any]]) -> Table:
    """A table of `fields/` without what a schema says in another way: names that were removed, limits of a format."""
    found: Table = {}
    for path, entry in table.items():
        low, high = FORMAT_RANGES.get(entry.get("format", ""), (None, None))
        found[path] = {
            name: value
            for name, value in entry.items()
            if name != "removed" and (name, value) not in (("min", low), ("max", high))
        }
    return found


def removed(table: Mapping[str, Mapping[str, Any]]) -> set[tuple[str, str]]:
    """Path and name of the fields that the API once had."""
    return {(path, name) for path, entry in table.items() for name in entry.get("removed", ())}


def mistakes(file: str, *, skip: frozenset[str] = frozenset()) -> set[tuple[str, str]]:
    """Path and name of the fields that do not exist but for which a schema says what to write instead."""
    found = places(file, read_schema(file), skip=skip)
    return {(path, name) for path, node, _ in found for name in node.get("x-meshctl-mistakes", ())}
