"""The schemas of mesh settings and of the installer's file against copies of their field tables."""

from __future__ import annotations

from typing import Any

import pytest

from tests.schema.field_table import comparable, field_table, mistakes, read_schema, read_table, removed

TABLE = read_table("meshconfig")


def below(table: dict[str, Any], prefix: str, into: str = "") -> dict[str, Any]:
    """The part of a table at and below a path, with the path replaced."""
    return {
        (into + path.removeprefix(prefix)).removeprefix("."): entry
        for path, entry in table.items()
        if path == prefix or path.startswith((f"{prefix}.", f"{prefix}[", f"{prefix}{{"))
    }


def test_mesh_config_has_the_fields_of_the_api() -> None:
    assert field_table("mesh/v1alpha1/MeshConfig.json") == {"": {"type": "object"}, **comparable(TABLE)}
    assert removed(TABLE) <= mistakes("mesh/v1alpha1/MeshConfig.json")


def test_the_settings_of_a_proxy_are_those_below_default_config() -> None:
    table = below(TABLE, "defaultConfig")
    assert field_table("mesh/v1alpha1/ProxyConfig.json") == comparable(table)
    assert removed(table) <= mistakes("mesh/v1alpha1/ProxyConfig.json")


def test_mesh_networks_are_those_of_the_values() -> None:
    table = below(read_table("values")["operator"], "global.meshNetworks{}", "networks{}")
    plain = {path: {name: value for name, value in entry.items() if name != "from"} for path, entry in table.items()}
    expected = {"": {"type": "object"}, "networks": {"type": "object"}, **comparable(plain)}
    found = field_table("mesh/v1alpha1/MeshNetworks.json")
    assert found == expected


OPERATOR = read_table("istiooperator")
VALUES = read_table("values")["operator"]
TABLES = {"istiooperator.json": OPERATOR, "values.json": VALUES, "meshconfig.json": {"": {"type": "object"}, **TABLE}}
UNCHECKED = "ztunnel"
"""Values of which the installer checks nothing: the table has their types from the chart."""


def target(reference: str) -> dict[str, Any]:
    """The table that a reference of a table names: another one, or a definition in one."""
    file, _, name = reference.partition("#")
    table: dict[str, Any] = TABLES[file or "istiooperator.json"]
    if name == "operator" or not name:
        return table
    return below(table, f"#{name}")


def expanded(table: dict[str, Any]) -> dict[str, Any]:
    """A table with its references followed; Kubernetes types are closed, though the values hold them as free text."""
    found: dict[str, Any] = {}
    for path, entry in table.items():
        if path.startswith("#") or entry.get("objectMeta"):
            continue
        plain = {name: value for name, value in entry.items() if name != "ref" and value != "MeshNetworks"}
        if path.startswith(UNCHECKED) and plain.get("type") == "object":
            plain["preserveUnknown"] = True
        if "ref" not in entry:
            found[path] = plain
            continue
        plain.pop("preserveUnknown", None)
        for step, child in expanded(target(entry["ref"])).items():
            joined = f"{path}{step}" if step.startswith(("[", "{")) or not step else f"{path}.{step}"
            found[joined] = {**child, **plain} if not step else child
    return found


def test_the_installers_file_has_the_fields_of_the_api() -> None:
    table = expanded(OPERATOR)
    # The pattern refuses an empty revision, which the installer takes; `x-meshctl-format` says the rest.
    for limit in ("pattern", "maxLength"):
        del table["spec.revision"][limit]
    found = field_table("install.istio.io/v1alpha1/IstioOperator.json", skip=frozenset({"metadata"}))
    assert_equal(found, adjusted(table, "spec.values."))


def test_values_have_the_fields_of_the_api() -> None:
    found = field_table("install.istio.io/v1alpha1/Values.json")
    assert_equal(found, adjusted(expanded(VALUES), ""))


def adjusted(table: dict[str, Any], prefix: str) -> dict[str, Any]:
    """What the schemas say otherwise on purpose: networks have fields, and names with a dot are no paths."""
    found = {path: dict(entry) for path, entry in table.items() if "prometheus.io" not in path}
    found[f"{prefix}global.meshNetworks"].pop("preserveUnknown", None)
    return comparable(found)


def assert_equal(found: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert sorted(set(found) ^ set(wanted)) == []
    assert {path: (found[path], wanted[path]) for path in wanted if found[path] != wanted[path]} == {}


@pytest.mark.parametrize("name", ["IstioOperator", "Values"])
def test_the_reader_is_named(name: str) -> None:
    assert read_schema(f"install.istio.io/v1alpha1/{name}.json")["x-meshctl-decoding"]
