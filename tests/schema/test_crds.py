"""The CRDs that are derived from the schemas, against copies of the tables of the real ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from meshctl.schema.crds import crd_names, crd_yaml
from tests.schema.field_table import attributes, comparable, read_table

CRDS: dict[str, dict[str, Any]] = read_table("crds")

OF_THE_API = frozenset(
    "type format enum required nullable default min max minLength maxLength pattern minItems maxItems minProperties "
    "maxProperties "
    "listType listMapKeys mapType preserveUnknown intOrString cel oneOf oneOfExactlyOne allOfOneOf".split()
)
"""Attributes of the tables that a CRD can express."""


def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(crd_yaml(name), Loader=yaml.CSafeLoader)
    return found


def places(node: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any], bool]]:
    required = node.get("required", ())
    for name, child in node.get("properties", {}).items():
        below = f"{path}.{name}" if path else name
        yield below, child, name in required
        yield from places(child, below)
    for keyword, mark in (("items", "[]"), ("additionalProperties", "{}")):
        if keyword in node:
            yield path + mark, node[keyword], False
            yield from places(node[keyword], path + mark)


def entry(node: Mapping[str, Any], required: bool) -> dict[str, Any]:
    types: list[str] = ["integer", "string"] if node.get("x-kubernetes-int-or-string") else [node["type"]]
    plain = {name: value for name, value in node.items() if name not in ("nullable", "description")}
    found = attributes({**plain, "type": [*types, "null"] if node.get("nullable") else types})
    return {**found, "required": True} if required else found


@pytest.mark.parametrize("name", crd_names())
def test_a_crd_enforces_what_the_real_one_does(name: str) -> None:
    table = comparable(read_table(CRDS[name]["table"].removesuffix(".json")))
    hidden = [path for path, attributes_ in table.items() if attributes_.get("inCrd") is False]
    wanted = {
        path: {key: value for key, value in found.items() if key in OF_THE_API}
        for path, found in table.items()
        if path and not any(path == root or path.startswith((f"{root}.", f"{root}[", f"{root}{{")) for root in hidden)
    }
    for version in read(name)["spec"]["versions"]:
        schema = version["schema"]["openAPIV3Schema"]
        assert {path: entry(node, required) for path, node, required in places(schema)} == wanted


@pytest.mark.parametrize("name", crd_names())
def test_a_crd_has_the_names_and_versions_of_the_real_one(name: str) -> None:
    crd, real = read(name), CRDS[name]
    assert crd["metadata"] == {"name": name, "annotations": real["annotations"], "labels": real["labels"]}
    assert crd["apiVersion"] == real["apiVersion"]
    spec = crd["spec"]
    assert (spec["group"], spec["scope"]) == (real["group"], real["scope"])
    names = {key: real[key] for key in ("kind", "listKind", "plural", "singular", "categories", "shortNames")}
    assert spec["names"] == {key: value for key, value in names.items() if value}
    assert [(entry["name"], entry["served"], entry["storage"]) for entry in spec["versions"]] == [
        (entry["name"], entry["served"], entry["storage"]) for entry in real["versions"]
    ]
    for version in spec["versions"]:
        assert version.get("additionalPrinterColumns", []) == real["printerColumns"]
        assert version["subresources"] == {"status": {}}


@pytest.mark.parametrize("name", crd_names())
def test_a_crd_is_structural(name: str) -> None:
    """Every node has a type unless it is int-or-string, and rules of several branches hold no types of their own."""
    schema = read(name)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    for path, node, _ in places(schema):
        assert ("type" in node) != bool(node.get("x-kubernetes-int-or-string")), path
        assert not ("properties" in node and "additionalProperties" in node), path
        assert node.get("type") != "array" or "items" in node, path
        assert not any(key.startswith(("$", "x-meshctl")) for key in node), path
        for branch in (*node.get("oneOf", ()), *node.get("anyOf", ()), *node.get("allOf", ())):
            assert set(branch) <= {"required", "not", "oneOf", "anyOf"}, path
