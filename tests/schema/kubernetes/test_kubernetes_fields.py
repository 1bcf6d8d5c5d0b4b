"""Compares schemas with field tables, field by field: nothing is missing and nothing is invented.

`core.json` was made from the OpenAPI documents of Kubernetes 1.37, with the enums and limits that its API server
checks; the others are facts of Gateway API 1.6 and Istio 1.31.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from meshctl.packaged import folder
from tests.schema.field_table import Table, comparable, field_table, read_schema
from tests.schema.kubernetes.named_table import named_table

TABLES = Path(__file__).parent / "tables"

OWN_GROUPS = (
    "core", "apps", "batch", "networking.k8s.io", "discovery.k8s.io", "admissionregistration.k8s.io",
    "apiextensions.k8s.io", "policy", "autoscaling", "rbac.authorization.k8s.io",
)  # fmt: skip

SHARED = ("PodSpec", "PodTemplateSpec", "JobSpec", "LabelSelector")
"""Files that hold a part of several kinds."""

WORDS_FOR_PEOPLE = ("noEffect", "channel", "channels")


def table(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((TABLES / name).read_text(encoding="utf-8"))
    return found


CORE: dict[str, Table] = table("core.json")
GATEWAY_API = table("gateway-api.json")


def needs_something(fields: Table, path: str) -> bool:
    """Whether an object has required fields, so that null cannot stand for an empty one."""
    children = (child.removeprefix(f"{path}.") for child in fields if child.startswith(f"{path}."))
    return any(not set(child) & set(".[{") and fields[f"{path}.{child}"].get("required") for child in children)


def takes_null(fields: Table, path: str) -> bool:
    """Whether Go's JSON decoder takes null for a field without anything being missed afterwards."""
    if fields[path].get("required"):
        return False
    return not (path.endswith(("[]", "{}")) and needs_something(fields, path))


def compare(actual: Table, expected: Table) -> None:
    assert sorted(actual) == sorted(expected)
    for path, attributes in expected.items():
        found = {key: value for key, value in actual[path].items() if key not in WORDS_FOR_PEOPLE}
        assert found == attributes, path


def with_quantities(fields: Table) -> Table:
    """Quantities, which a schema shows as a type and a pattern, by the word of the tables."""
    for attributes in fields.values():
        if attributes.get("type") == ["string", "number"] and "pattern" in attributes:
            del attributes["type"], attributes["pattern"]
            attributes.update(wkt="quantity", intOrString=True)
    return fields


# Kubernetes


def test_every_schema_has_a_table() -> None:
    root = folder("schemas")
    files = {file.relative_to(root).as_posix() for group in OWN_GROUPS for file in (root / group).rglob("*.json")}
    assert files | {"meta/v1/LabelSelector.json"} == set(CORE)


@pytest.mark.parametrize("path", CORE)
def test_kubernetes_fields(path: str) -> None:
    fields = comparable(CORE[path])
    group, version, file = path.split("/")
    kind = file.removesuffix(".json")
    actual = with_quantities(named_table(path))
    if kind not in SHARED:
        api_version = version if group == "core" else f"{group}/{version}"
        assert actual.pop("apiVersion") == {"type": "string", "enum": [api_version], "required": True}
        assert actual.pop("kind") == {"type": "string", "const": kind, "required": True}
        assert actual.pop("metadata") == {"type": "object", "objectMeta": True}
    for field, attributes in fields.items():
        typed = not attributes.keys() & {"ref", "objectMeta"} and attributes != {"preserveUnknown": True}
        if typed and takes_null(fields, field) and (field or kind in SHARED):
            attributes["nullable"] = True
    compare(actual, fields)


# Gateway API


def in_channel(fields: Table, channel: str) -> Table:
    """The fields of a release channel, with its own limits where the channels differ."""
    only = {path for path, attributes in fields.items() if attributes.get("channel") == "experimental"}
    found = {}
    for path, attributes in fields.items():
        above = {path[:end] for end in range(len(path) + 1) if path[end : end + 1] in ("", ".", "[", "{")}
        if channel == "experimental" or not above & only:
            found[path] = dict(attributes)
            for keyword, value in attributes.get("channels", {}).get(channel, {}).items():
                if keyword == "x-kubernetes-validations":
                    assert all(rule["message"] for rule in value)
                    found[path]["cel"] = [rule["rule"] for rule in value]
                else:
                    assert keyword in ("enum", "pattern")
                    found[path][keyword] = value
    return found


def gateway_cases() -> list[Any]:
    return [
        pytest.param(channel, kind, version, id=f"{channel}-{kind}-{version['name']}")
        for channel, kinds in GATEWAY_API.items()
        for kind, facts in kinds.items()
        for version in facts["versions"]
    ]


@pytest.mark.parametrize(("channel", "kind", "version"), gateway_cases())
def test_gateway_api_fields(channel: str, kind: str, version: dict[str, Any]) -> None:
    facts = GATEWAY_API[channel][kind]
    fields = GATEWAY_API["standard"][kind]["fields"] if facts["fields"] == "same as standard" else facts["fields"]
    versions = [f"{facts['group']}/{entry['name']}" for entry in facts["versions"]]
    path = f"{facts['group']}/{version['name']}/{kind}.json"
    if set(read_schema(path)) == {"$schema", "$id", "$ref"}:
        assert "changedPaths" not in version
        path = f"{facts['group']}/{read_schema(path)['$ref'].removeprefix('../')}"
    expected = {**fields, **version.get("changedPaths", {})}
    for name in ("apiVersion", "kind", "metadata"):
        assert expected.pop(name)
    actual = in_channel(field_table(path), channel)
    if kind not in GATEWAY_API["standard"]:
        assert actual[""]["channel"] == "experimental"
    assert actual.pop("kind") == {"type": "string", "const": kind, "required": True}
    known = actual.pop("apiVersion")["enum"]
    assert known == (versions if path.split("/")[1] == facts["versions"][0]["name"] else [path.rpartition("/")[0]])
    compare({field: found for field, found in actual.items() if not field.startswith("metadata")}, comparable(expected))


def test_experimental_kinds_are_marked() -> None:
    for kind, facts in GATEWAY_API["experimental"].items():
        marked = read_schema(f"{facts['group']}/{facts['versions'][0]['name']}/{kind}.json").get("x-meshctl-channel")
        assert (marked == "experimental") == (kind not in GATEWAY_API["standard"])
