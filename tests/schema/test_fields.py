"""The schemas of Istio's kinds against copies of its field tables: nothing missing, nothing invented.

The form of a schema is described in `schemas/README.md`; `field_table.py` brings it into the form of the tables.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator as MetaSchemaValidator

from meshctl.packaged import folder
from tests.schema.field_table import (
    BASE,
    comparable,
    field_table,
    mistakes,
    places,
    read_schema,
    read_table,
    removed,
)

OBJECT = frozenset({"apiVersion", "kind", "metadata"})
"""Fields of every object, which no table lists."""

CRDS: dict[str, dict[str, Any]] = read_table("crds")

FILES = sorted(path.relative_to(folder("schemas")).as_posix() for path in folder("schemas").rglob("*.json"))

NOT_OF_ONE_KIND = frozenset({"apiVersion", "preserveUnknownFields", "table", "versionsShareSchema"})
"""Entries of `crds.json` that are equal for all kinds, or about the tables."""


def home(crd: dict[str, Any]) -> str:
    """The file that holds a kind's schema; those of the other versions refer to it."""
    versions = [version["name"] for version in crd["versions"]]
    version = "v1" if "v1" in versions else next(entry["name"] for entry in crd["versions"] if entry["storage"])
    return f"{crd['group']}/{version}/{crd['kind']}.json"


KINDS = {crd["kind"]: crd for crd in CRDS.values() if home(crd) in FILES}

DESCRIBED = [home(crd) for crd in KINDS.values()] + [file for file in FILES if file.startswith(("mesh/", "meta/"))]


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_the_fields_of_the_api(kind: str) -> None:
    file = home(KINDS[kind])
    table = read_table(Path(KINDS[kind]["table"]).stem)
    assert field_table(file, skip=OBJECT) == comparable(table)
    assert removed(table) <= mistakes(file, skip=OBJECT)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_knows_its_names_and_versions(kind: str) -> None:
    crd = KINDS[kind]
    schema = read_schema(home(crd))
    assert schema["x-meshctl-resource"] == {key: value for key, value in crd.items() if key not in NOT_OF_ONE_KIND}
    assert schema["title"] == schema["properties"]["kind"]["const"] == kind
    versions = [version["name"] for version in crd["versions"]]
    assert sorted(schema["properties"]["apiVersion"]["enum"]) == sorted(f"{crd['group']}/{name}" for name in versions)
    for version in versions:
        file = f"{crd['group']}/{version}/{kind}.json"
        assert file == home(crd) or read_schema(file)["$ref"] == f"../{home(crd).split('/')[1]}/{kind}.json"


@pytest.mark.parametrize("file", DESCRIBED)
def test_every_field_is_described(file: str) -> None:
    bare = {
        path
        for path, node, _ in places(file, read_schema(file))
        if not path.endswith(("[]", "{}")) and len(node.get("description", "").split()) < 4
    }
    assert not bare


@pytest.mark.parametrize("file", DESCRIBED)
def test_no_description_is_used_twice(file: str) -> None:
    texts = Counter(_descriptions(read_schema(file)))
    assert not [text for text, count in texts.items() if count > 1]


def _descriptions(node: Any) -> Iterator[str]:
    """The descriptions written in a file, those behind references not included."""
    if isinstance(node, dict):
        if isinstance(node.get("description"), str):
            yield node["description"]
        for child in node.values():
            yield from _descriptions(child)
    elif isinstance(node, list):
        for child in node:
            yield from _descriptions(child)


@pytest.mark.parametrize("file", DESCRIBED)
def test_an_object_is_open_only_where_its_api_keeps_unknown_fields(file: str) -> None:
    for path, node, _ in places(file, read_schema(file)):
        if node.get("type") == "object" and not path.startswith("status") and "IstioStatus" not in file:
            is_open = node.get("x-kubernetes-preserve-unknown-fields", False)
            assert ("additionalProperties" in node) != is_open, path


@pytest.mark.parametrize("file", DESCRIBED)
def test_a_mistake_is_not_a_field(file: str) -> None:
    for path, node, _ in places(file, read_schema(file)):
        assert not set(node.get("x-meshctl-mistakes", ())) & set(node.get("properties", ())), path


@pytest.mark.parametrize("file", FILES)
def test_a_schema_is_a_schema(file: str) -> None:
    schema = read_schema(file)
    MetaSchemaValidator.check_schema(schema)
    assert schema["$id"] == BASE + file
    assert json.loads((folder("schemas") / file).read_text(encoding="utf-8"), object_pairs_hook=_no_repeats) == schema


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len(dict(pairs)) == len(pairs), [key for key, _ in pairs]
    return dict(pairs)
