"""Taking over objects that istioctl or Helm installed.

What these tools own becomes ours, so that fields which are no longer wanted go: the same that kubectl does when it
moves to server-side apply. What istiod has to be left with keeps another owner (see `webhook_defaults.py`).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from meshctl.install.identity import Object, metadata
from meshctl.install.managed_fields import list_item, owners
from meshctl.install.ownership import BOOTSTRAP_MANAGER, MANAGER, OTHER_INSTALLERS
from meshctl.install.webhook_defaults import KINDS, VALIDATING

Tree = dict[str, Any]
Path = tuple[str, ...]


def installers(live: Object) -> tuple[str, ...]:
    """The other tools that own fields of an object."""
    return tuple(dict.fromkeys(owner.manager for owner in owners(live) if owner.manager in OTHER_INSTALLERS))


def is_foreign(live: Object) -> bool:
    """Whether something has to be handed over before an application: what other tools own, what we set without
    applying it, and what we once applied though it is istiod's."""
    return any(
        owner.manager in OTHER_INSTALLERS
        or (owner.manager == MANAGER and (owner.operation != "Apply" or _split(owner.fields, str(live.get("kind")))[1]))
        for owner in owners(live)
    )


def taken_over(live: Object) -> list[dict[str, Any]]:
    """The managed fields of an object with those of the other tools as ours."""
    kept: list[dict[str, Any]] = []
    ours: dict[str, Any] | None = None
    left: Tree = {}
    for entry in metadata(live).get("managedFields") or ():
        manager = entry.get("manager")
        if entry.get("subresource") or not (manager == MANAGER or manager in OTHER_INSTALLERS):
            kept.append(entry)
            continue
        fields, istiod = _split(entry.get("fieldsV1") or {}, str(live.get("kind")))
        left = united(left, istiod)
        if ours is None:
            ours = {**entry, "manager": MANAGER, "operation": "Apply", "fieldsV1": fields}
        else:
            # The union under one version; field names that differ between versions are set again by the application.
            ours["fieldsV1"] = united(ours["fieldsV1"], fields)
    found = [*([ours] if ours else []), *kept]
    if ours and left:
        found.append({**ours, "manager": BOOTSTRAP_MANAGER, "operation": "Update", "fieldsV1": left})
    return found


def handover(live: Object) -> list[dict[str, Any]]:
    """The JSON patch that makes the fields ours, if nobody changed the object meanwhile."""
    return [
        {"op": "replace", "path": "/metadata/managedFields", "value": taken_over(live)},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": metadata(live).get("resourceVersion")},
    ]


def without_leftovers(applied: Object, live: Object, desired: Object) -> dict[str, Any]:
    """An object as it becomes when the fields go that only the other tools had set."""
    found = copy.deepcopy(dict(applied))
    others: Tree = {}
    theirs: Tree = {}
    for owner in owners(live):
        if owner.manager in OTHER_INSTALLERS or owner.manager == MANAGER:
            theirs = united(theirs, _split(owner.fields, str(live.get("kind")))[0])
        else:
            others = united(others, owner.fields)
    for path in _leaves(theirs):
        if not _has(others, path) and not _wants(desired, path):
            _remove(found, path)
    return found


def united(one: Mapping[str, Any], other: Mapping[str, Any]) -> Tree:
    """Both trees of owned fields in one."""
    found = dict(one)
    for step, tree in other.items():
        found[step] = united(found[step], tree) if step in found else tree
    return found


def _split(fields: Mapping[str, Any], kind: str) -> tuple[Tree, Tree]:
    """The fields without those that become istiod's, and these."""
    own, left = copy.deepcopy(dict(fields)), {}
    for step, webhook in (own.get("f:webhooks") or {}).items() if kind in KINDS else ():
        client = webhook.get("f:clientConfig") or {}
        istiod: Tree = {}
        if "f:caBundle" in client:
            istiod["f:clientConfig"] = {"f:caBundle": client.pop("f:caBundle")}
        if kind == VALIDATING and "f:failurePolicy" in webhook:
            istiod["f:failurePolicy"] = webhook.pop("f:failurePolicy")
        if istiod:
            left[step] = istiod
    return own, {"f:webhooks": left} if left else {}


def _leaves(tree: Mapping[str, Any], path: Path = ()) -> Iterator[Path]:
    for step, below in tree.items():
        if below:
            yield from _leaves(below, (*path, step))
        elif step == ".":
            yield path
        else:
            yield (*path, step)


def _has(tree: Mapping[str, Any], path: Path) -> bool:
    for step in path:
        if step not in tree:
            return False
        tree = tree[step]
    return True


def _wants(value: Any, path: Path) -> bool:
    for step in path:
        value = _below(value, step)
        if value is None:
            return False
    return True


def _below(value: Any, step: str) -> Any:
    if step.startswith("f:"):
        return value.get(step[2:]) if isinstance(value, dict) else None
    return list_item(value, step) if isinstance(value, list) else None


def _remove(value: Any, path: Path) -> None:
    *way, last = path
    for step in way:
        value = _below(value, step)
        if value is None:
            return
    if isinstance(value, dict):
        value.pop(last[2:], None)
    elif isinstance(value, list):
        item = list_item(value, last)
        if item is not None:
            value.remove(item)
