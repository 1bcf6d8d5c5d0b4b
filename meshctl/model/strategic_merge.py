"""Kubernetes' strategic merge patch: merges a patch into an object by the rules of the object's own lists.

The injector merges rendered templates into pods with it, the installer the settings under `k8s` into rendered objects.
Source: the merge keys (`patchMergeKey`, `patchStrategy`) that the API types carry, and the directives that the
Kubernetes documentation describes ("Update API Objects in Place Using kubectl patch").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from meshctl.documents.shared import SHARED, converted
from meshctl.errors import MeshctlError


class MergeError(MeshctlError):
    """A patch that cannot be merged: an item without its key, or an unknown directive."""


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What is known of a mapping: its fields that are not merged in the plain way.

    A list without an entry is replaced, a mapping without one merges key by key.
    """

    fields: Mapping[str, Shape] = field(default_factory=dict)
    key: str = ""  # of a list whose items are merged by that field
    union: bool = False  # of a list of scalars whose items are united
    retain_keys: bool = False  # `$retainKeys` may name the keys to keep

    def below(self, name: str) -> Shape:
        """The shape of a field."""
        return self.fields.get(name, PLAIN)


PLAIN = Shape()
_UNION = Shape(union=True)


def _by(key: str, retain_keys: bool = False, **fields: Shape) -> Shape:
    return Shape(fields, key=key, retain_keys=retain_keys)


METADATA = Shape({"finalizers": _UNION, "ownerReferences": _by("uid")})
CONTAINER = _by(
    "name",
    env=_by("name"),
    ports=_by("containerPort"),
    volumeMounts=_by("mountPath"),
    volumeDevices=_by("devicePath"),
)
POD_SPEC = Shape(
    {
        "containers": CONTAINER,
        "initContainers": CONTAINER,
        "ephemeralContainers": CONTAINER,
        "volumes": _by("name", retain_keys=True),
        "imagePullSecrets": _by("name"),
        "hostAliases": _by("ip"),
        "topologySpreadConstraints": _by("topologyKey"),
        "resourceClaims": _by("name", retain_keys=True),
        "schedulingGates": _by("name"),
    }
)
POD = Shape({"metadata": METADATA, "spec": POD_SPEC})
WORKLOAD = Shape({"metadata": METADATA, "spec": Shape({"template": POD, "strategy": Shape(retain_keys=True)})})
SERVICE = Shape({"metadata": METADATA, "spec": Shape({"ports": _by("port")})})
SERVICE_ACCOUNT = Shape({"metadata": METADATA, "secrets": _by("name"), "imagePullSecrets": _by("name")})
WEBHOOKS = Shape({"metadata": METADATA, "webhooks": _by("name")})
ANY = Shape({"metadata": METADATA})

SHAPES: Mapping[str, Shape] = {
    "Pod": POD,
    "Deployment": WORKLOAD,
    "StatefulSet": WORKLOAD,
    "DaemonSet": WORKLOAD,
    "ReplicaSet": WORKLOAD,
    "Job": WORKLOAD,
    "Service": SERVICE,
    "ServiceAccount": SERVICE_ACCOUNT,
    "MutatingWebhookConfiguration": WEBHOOKS,
    "ValidatingWebhookConfiguration": WEBHOOKS,
}
"""The shapes by kind; any other kind has `ANY`."""

_PATCH = "$patch"
_RETAIN = "$retainKeys"
_DELETE = "$deleteFromPrimitiveList/"
_ORDER = "$setElementOrder/"


def merge(target: Mapping[str, Any], patch: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """The object that a patch makes of a target; neither is changed, though the result shares parts with both.

    Raises `MergeError`.
    """
    directive = patch.get(_PATCH)
    if directive == "replace":
        return {key: _new(value) for key, value in patch.items() if key != _PATCH and value is not None}
    if directive == "delete":
        return {}
    if directive not in (None, "merge"):
        raise MergeError(f"$patch cannot be {directive!r}", hint="use merge, replace or delete")
    result = dict(target)
    kept = patch.get(_RETAIN)
    if isinstance(kept, list):
        result = {key: value for key, value in result.items() if key in kept}
    for key, value in patch.items():
        if key.startswith("$"):
            if key.startswith(_DELETE):
                name = key[len(_DELETE) :]
                if result.get(name):
                    result[name] = [item for item in result[name] if item not in (value or ())]
            continue
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            old = result.get(key)
            if isinstance(old, dict):
                result[key] = merge(old, value, shape.below(key))
            elif _PATCH not in value:
                result[key] = _new(value)
            else:
                result.pop(key, None)
        elif isinstance(value, list):
            result[key] = _merge_lists(result.get(key), value, shape.below(key), key)
        else:
            result[key] = value
    for key, order in patch.items():
        if key.startswith(_ORDER) and isinstance(order, list):
            name = key[len(_ORDER) :]
            if isinstance(result.get(name), list):
                result[name] = _ordered(result[name], order, shape.below(name))
    return result


def _new(value: Any) -> Any:
    """A part that the target does not have: without nulls and directives, which the server drops with all they hold."""
    kind = value.__class__
    if kind is str or kind is int or kind is bool:
        return value
    return converted(value, _new, _copied) if kind in SHARED else _copied(value)


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _new(item)
            for key, item in value.items()
            if item is not None and not key.startswith("$") and not _is_directive(item)
        }
    if isinstance(value, list):
        return [_new(item) for item in value if not _is_directive(item)]
    return value


def _is_directive(item: Any) -> bool:
    return isinstance(item, dict) and _PATCH in item


def _merge_lists(old: Any, new: list[Any], shape: Shape, name: str) -> list[Any]:
    target = old if isinstance(old, list) else []
    if shape.union:
        if any(isinstance(item, dict | list) for item in (*target, *new)):
            raise MergeError(f"the items of {name} must be scalars")
        place = {item: index for index, item in reversed([*enumerate(target)])}
        rest = [(item, item) for item in dict.fromkeys(target) if item not in new]
        return _interleave([(item, item) for item in dict.fromkeys(new)], rest, place)
    if not shape.key:
        return list(_new(new))
    keys = [
        _key(item, shape.key, name) for item in new if not (isinstance(item, dict) and item.get(_PATCH) == "replace")
    ]
    if len(keys) < len(new) or not target:
        # Items of one key are not merged with each other: only with what was there before.
        return list(_new(new))
    return _merge_keyed(target, new, shape, name)


def _merge_keyed(target: list[Any], patch: list[Any], shape: Shape, name: str) -> list[Any]:
    """The target with the items of a patch; of several items with one key, each is merged with its counterpart.

    A port may be there for TCP and for UDP.
    """
    key = shape.key
    deleted = {item[key] for item in patch if item.get(_PATCH) == "delete"}
    items = [item for item in target if _key(item, key, name) not in deleted]
    place: dict[Any, int] = {}
    places: dict[Any, list[int]] = {}
    for index, item in enumerate(items):
        place.setdefault(item[key], index)
        places.setdefault(item[key], []).append(index)
    count = len(items)
    seen: dict[Any, int] = {}
    for item in patch:
        identity = item[key]
        if _PATCH in item and item[_PATCH] == "delete":
            continue
        found = places.setdefault(identity, [])
        if found:
            index = found[min(seen.get(identity, 0), len(found) - 1)]
            items[index] = merge(items[index], item, shape)
        else:
            found.append(len(items))
            items.append(_new(item))
        seen[identity] = seen.get(identity, 0) + 1
    patched = [(identity, items[index]) for identity in seen for index in places[identity]]
    rest = [(item[key], item) for item in items[:count] if item[key] not in seen]
    return _interleave(patched, rest, place)


def _interleave(patched: list[tuple[Any, Any]], kept: list[tuple[Any, Any]], place: Mapping[Any, int]) -> list[Any]:
    """Both lists in one: an item of the target comes first only where the target has it before the next patched one."""
    found = []
    head = 0
    for identity, item in patched:
        while head < len(kept) and identity in place and place[kept[head][0]] < place[identity]:
            found.append(kept[head][1])
            head += 1
        found.append(item)
    return found + [item for _, item in kept[head:]]


def _key(item: Any, key: str, name: str) -> Any:
    if not isinstance(item, dict):
        raise MergeError(f"the items of {name} must be mappings")
    found = item.get(key)
    if found is None or isinstance(found, dict | list):
        raise MergeError(f"an item of {name} has no {key}", hint=f"the items of {name} are told apart by their {key}")
    return found


def _ordered(items: list[Any], order: list[Any], shape: Shape) -> list[Any]:
    """The items in the order that a directive gives; those that it does not name keep their place among the others."""

    def identity(item: Any) -> Any:
        return item.get(shape.key) if shape.key and isinstance(item, dict) else item

    wanted = [identity(item) for item in order]
    named = sorted((item for item in items if identity(item) in wanted), key=lambda item: wanted.index(identity(item)))
    place = {id(item): index for index, item in enumerate(items)}
    others = [item for item in items if identity(item) not in wanted]
    result = []
    head = 0
    for item in named:
        while head < len(others) and place[id(others[head])] < place[id(item)]:
            result.append(others[head])
            head += 1
        result.append(item)
    return result + others[head:]
