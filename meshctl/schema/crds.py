"""CustomResourceDefinitions, derived from the schemas (`schemas/README.md` has the rules)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from meshctl.documents.block import write_block
from meshctl.packaged import folder
from meshctl.schema.schemas import Schema

ISTIO_GROUPS = ("extensions.istio.io", "networking.istio.io", "security.istio.io", "telemetry.istio.io")
"""The API groups whose kinds an installation brings along."""

_FORMAT_LIMITS = {
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
}
"""Limits that a schema writes out because validators ignore formats; the API server knows them by the format."""

_COPIED = frozenset(
    "title format default minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern "
    "minItems maxItems uniqueItems minProperties maxProperties required "
    "x-kubernetes-list-type x-kubernetes-list-map-keys x-kubernetes-map-type x-kubernetes-preserve-unknown-fields "
    "x-kubernetes-int-or-string x-kubernetes-embedded-resource x-kubernetes-validations".split()
)
"""Keywords that a CRD has too, with the same meaning."""


@cache
def crd_names() -> tuple[str, ...]:
    """The names of the CRDs of Istio's kinds, in order."""
    return tuple(_files())


def crd_yaml(name: str) -> str:
    """The CRD of that name as YAML: a few lines of metadata, then `spec`.

    The schema is the same in every version, so it is derived and written once.
    """
    path = _files()[name]
    schema = Schema(path)
    resource: dict[str, Any] = schema.root["x-meshctl-resource"]
    fields = write_block({"schema": {"openAPIV3Schema": validation_schema(schema)}}, 4)
    names = {
        key: resource[key]
        for key in ("categories", "kind", "listKind", "plural", "shortNames", "singular")
        if resource.get(key)
    }
    head = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": name, "annotations": resource["annotations"], "labels": resource["labels"]},
        "spec": {"group": resource["group"], "names": names, "scope": resource["scope"], "versions": []},
    }
    text = [write_block(head).removesuffix(" []\n") + "\n"]
    for version in resource["versions"]:
        columns = resource["printerColumns"]
        lead: dict[str, Any] = {"additionalPrinterColumns": columns} if columns else {}
        lead["name"] = version["name"]
        if version["deprecated"]:
            lead["deprecated"] = True
        text += [
            write_block({"versions": [lead]}, 2).split("\n", 1)[1],
            fields,
            f"    served: {json.dumps(version['served'])}\n    storage: {json.dumps(version['storage'])}\n",
        ]
        if resource["statusSubresource"]:
            text.append("    subresources:\n      status: {}\n")
    return "".join(text)


def validation_schema(schema: Schema) -> dict[str, Any]:
    """The structural OpenAPI schema of a kind: `spec` and `status`, every reference followed."""
    root = schema.root
    found: dict[str, Any] = {"description": root["description"], "type": "object"}
    found["properties"] = {
        name: _derived(schema, schema.path, root["properties"][name])
        for name in ("spec", "status")
        if name in root["properties"]
    }
    if "spec" in root.get("required", ()):
        found["required"] = ["spec"]
    if "x-kubernetes-validations" in root:
        found["x-kubernetes-validations"] = root["x-kubernetes-validations"]
    return found


@cache
def _files() -> dict[str, str]:
    """The schema of each CRD, by the CRD's name."""
    found = {}
    for group in ISTIO_GROUPS:
        for file in (folder("schemas") / group).glob("*/*.json"):
            path = f"{group}/{file.parent.name}/{file.name}"
            resource = Schema(path).root.get("x-meshctl-resource")
            if resource:  # the preferred version; the others only refer to it
                found[f"{resource['plural']}.{group}"] = path
    return dict(sorted(found.items()))


def _derived(schema: Schema, file: str, node: Mapping[str, Any]) -> dict[str, Any]:
    file, node = schema.resolve(file, node)
    found: dict[str, Any] = {}
    if "description" in node:
        found["description"] = node["description"]
    _put_type(found, node)
    limits = _FORMAT_LIMITS.get(node.get("format", ""), (None, None))
    found |= {
        keyword: value
        for keyword, value in node.items()
        if keyword in _COPIED and (keyword, value) not in (("minimum", limits[0]), ("maximum", limits[1]))
    }
    if "enum" in node:
        found["enum"] = node["enum"]
    elif "const" in node:
        found["enum"] = [node["const"]]
    for keyword in ("not", "allOf", "anyOf", "oneOf"):
        if keyword in node:
            found[keyword] = node[keyword]
    if isinstance(node.get("items"), Mapping):
        found["items"] = _derived(schema, file, node["items"])
    if "properties" in node:
        found["properties"] = dict(_properties(schema, file, node["properties"]))
    if isinstance(node.get("additionalProperties"), Mapping):
        found["additionalProperties"] = _derived(schema, file, node["additionalProperties"])
    return found


def _properties(
    schema: Schema, file: str, properties: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, child in properties.items():
        if schema.resolve(file, child)[1].get("x-meshctl-in-crd", True):
            yield name, _derived(schema, file, child)


def _put_type(found: dict[str, Any], node: Mapping[str, Any]) -> None:
    """The type as OpenAPI says it: one name, `nullable` for null, and none at all for int-or-string."""
    types = node.get("type")
    names = [types] if isinstance(types, str) else list(types or ())
    if "null" in names:
        found["nullable"] = True
        names.remove("null")
    if names and not node.get("x-kubernetes-int-or-string"):
        (found["type"],) = names
