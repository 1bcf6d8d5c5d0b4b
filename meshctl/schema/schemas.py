"""The schemas of `schemas/`: found by group, version and kind, read once, and walked along the path of a field."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from meshctl.model.kind import Kind
from meshctl.model.resource import FieldPath
from meshctl.packaged import folder
from meshctl.schema.decoding import widened

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator

BASE = "https://meshctl.dev/schemas/"
"""What the `$id` of every schema begins with; the rest is its path in `schemas/`."""

Node = Mapping[str, Any]
"""A JSON Schema, or a part of one."""


_REFERENCE = re.compile(r'"\$ref": *"([^"#]+)')


@cache
def _text(path: str) -> str:
    return (folder("schemas") / path).read_text(encoding="utf-8")


@cache
def _read(path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_text(path))
    return widened(found)


@cache
def _files(path: str) -> frozenset[str]:
    """A schema's file and every other that it refers to, by way of others too."""
    found = {path}
    waiting = [path]
    while waiting:
        file = waiting.pop()
        new = {_join(file, target) for target in _REFERENCE.findall(_text(file))} - found
        found |= new
        waiting += new
    return frozenset(found)


class Schema:
    """The schema of a kind, compiled when it is first used."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.root = _read(path)

    @cached_property
    def validator(self) -> Draft202012Validator:
        """The compiled schema: tells in less than a microsecond that a resource is fine."""
        from jsonschema_rs import Draft202012Validator

        return Draft202012Validator(self.root, retriever=lambda uri: _read(uri.removeprefix(BASE)))

    def mentions(self, keyword: str) -> bool:
        """Whether the keyword stands anywhere in the schema: a look at the text, which spares most kinds a walk."""
        return any(f'"{keyword}"' in _text(file) for file in _files(self.path))

    def node(self, path: FieldPath) -> Node:
        """The schema of the field at a path; empty where the schema says nothing about it."""
        place = self._resolve(self.path, self.root)
        for step in path:
            place = self._step(*place, step)
        return place[1]

    def resolve(self, file: str, node: Node) -> tuple[str, Node]:
        """The node that a `$ref` stands for, with the file in which it lies; any other node itself."""
        return self._resolve(file, node)

    def _resolve(self, file: str, node: Node) -> tuple[str, Node]:
        while "$ref" in node:
            target, _, pointer = node["$ref"].partition("#")
            if target:
                file = _join(file, target)
            found: Any = _read(file)
            for part in pointer.split("/")[1:]:
                found = found[part.replace("~1", "/").replace("~0", "~")]
            siblings = {key: value for key, value in node.items() if key != "$ref"}
            node = {**found, **siblings} if siblings and "$ref" not in found else found
        return file, node

    def _step(self, file: str, node: Node, step: str | int) -> tuple[str, Node]:
        if isinstance(step, int):
            found = node.get("items")
        else:
            found = node.get("properties", {}).get(step)
            if found is None:
                found = node.get("additionalProperties")
        return self._resolve(file, found) if isinstance(found, dict) else (file, {})


def _join(file: str, target: str) -> str:
    """The path of a reference, relative to the file that makes it."""
    parts = file.split("/")[:-1]
    for part in target.removeprefix(BASE).split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


@cache
def schema_of(kind: Kind, version: str = "") -> Schema | None:
    """The schema of a kind in a version; None for a kind whose fields meshctl does not know.

    Without a version, and for one that no API server has, it is that of the preferred version.
    """
    group = kind.group or "core"
    for candidate in (version, *kind.versions) if version in kind.versions else kind.versions:
        path = f"{group}/{candidate}/{kind.name}.json"
        if (folder("schemas") / path).is_file():
            # Most versions only refer to the preferred one.
            return _schema(_join(path, target) if (target := _read(path).get("$ref")) else path)
    return None


@cache
def _schema(path: str) -> Schema:
    return Schema(path)
