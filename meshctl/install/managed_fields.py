"""Who owns which fields of an object: `metadata.managedFields`, as server-side apply keeps them.

The tree of an owner has a step `f:NAME` for a field, `k:{...}` for the item of a list with those keys, `v:VALUE` for an
item of a set, and `.` for the mapping or item itself. A step with nothing below it is a value that is owned as a whole.
Source: the Kubernetes documentation, "Server-Side Apply", and the structured-merge-diff format of FieldsV1.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from meshctl.install.identity import Object, metadata

Tree = Mapping[str, Any]

_IDENTITY = {("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace")}
"""Fields that nobody owns, as they are what the object is called by."""

_KEY_DEFAULTS = {"protocol": "TCP"}
"""Keys of list items that may be left out."""


@dataclass(frozen=True, slots=True)
class Owner:
    """What one manager owns of an object."""

    manager: str
    operation: str
    api_version: str
    fields: Tree


def owners(live: Object) -> Iterator[Owner]:
    """All owners of an object's fields, but for those of its status and other subresources."""
    for entry in metadata(live).get("managedFields") or ():
        if not entry.get("subresource"):
            yield Owner(
                str(entry.get("manager", "")),
                str(entry.get("operation", "")),
                str(entry.get("apiVersion", "")),
                entry.get("fieldsV1") or {},
            )


def owned_exactly(desired: Object, live: Object, manager: str) -> bool:
    """Whether a manager has applied just the fields that are wanted, and still owns all of them.

    A field more was wanted once and has to go; one less was never applied, or somebody changed it since.
    """
    for owner in owners(live):
        if owner.manager == manager and owner.operation == "Apply":
            return owner.api_version == desired.get("apiVersion") and _covers(owner.fields, desired, ())
    return False


def _covers(tree: Tree, value: Any, path: tuple[str, ...]) -> bool:
    """Whether a tree owns just the fields of a value."""
    if isinstance(value, dict):
        return _covers_mapping(tree, value, path)
    if isinstance(value, list):
        return _covers_list(tree, value, path)
    return True


def _covers_mapping(tree: Tree, value: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    wanted = {name for name, item in value.items() if item is not None and (*path, name) not in _IDENTITY}
    if wanted != {step[2:] for step in tree if step.startswith("f:")}:
        return False
    return all(not tree[f"f:{name}"] or _covers(tree[f"f:{name}"], value[name], (*path, name)) for name in wanted)


def _covers_list(tree: Tree, value: list[Any], path: tuple[str, ...]) -> bool:
    steps = [step for step in tree if step != "."]
    if len(steps) != len(value):
        return False
    for step in steps:
        item = list_item(value, step)
        if item is None:
            return False
        # An item with nothing but itself in the tree is owned as a whole, as the variables of admission policies are.
        if tree[step].keys() - {"."} and not _covers(tree[step], item, (*path, step)):
            return False
    return True


def list_item(items: list[Any], step: str) -> Any:
    """The item of a list that a step of a tree means; None if there is none."""
    wanted = json.loads(step[2:])
    if step.startswith("v:"):
        return next((item for item in items if item == wanted), None)
    if step.startswith("i:"):
        return items[wanted] if wanted < len(items) else None
    for item in items:
        if isinstance(item, dict) and all(
            item.get(name, _KEY_DEFAULTS.get(name)) == value for name, value in wanted.items()
        ):
            return item
    return None
