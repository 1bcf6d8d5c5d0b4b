"""What differs between an object as it is wanted and as it is in the cluster, or between two states of it.

The server fills in defaults, writes quantities in its own way, and keeps the items of some lists apart by a key: none
of that is a difference. Which lists have keys is told by `model/strategic_merge.py`; which fields the server adds is
told by the direction, as `differences` asks only about the fields that are wanted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from meshctl.install.identity import Object
from meshctl.install.quantities import same
from meshctl.model.strategic_merge import ANY, SHAPES, Shape

SERVER_FIELDS = frozenset(
    {"managedFields", "resourceVersion", "uid", "creationTimestamp", "generation", "selfLink", "ownerReferences"}
)
"""Fields of metadata that are the server's own."""

_SECOND_KEYS = {"ports": ("protocol", "TCP"), "topologySpreadConstraints": ("whenUnsatisfiable", None)}
"""Lists whose items are told apart by a second field too, and its default."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that differs: `before` and `after`, None where there is none of it.

    The path is written as Istio's overlays write it: `spec.containers[name:discovery].image`.
    """

    path: str
    before: Any
    after: Any


def differences(desired: Object, live: Object) -> list[Difference]:
    """The fields of `desired` that `live` lacks or has otherwise; what only `live` has does not count."""
    return list(_Comparison(complete=False).objects(live, desired))


def changes(before: Object, after: Object) -> list[Difference]:
    """Every field that differs between two states of an object, but for what the server sets itself."""
    return list(_Comparison(complete=True).objects(before, after))


def without_additions(after: Any, before: Any, desired: Any) -> Any:
    """A new state without what neither the old one nor the wanted one has: defaults, and what the server chooses."""
    if isinstance(after, dict):
        old, new = (found if isinstance(found, dict) else {} for found in (before, desired))
        return {
            key: without_additions(value, old.get(key), new.get(key))
            for key, value in after.items()
            if key in old or key in new
        }
    if isinstance(after, list) and isinstance(desired, list):
        items = before if isinstance(before, list) else []
        return [without_additions(item, _counterpart(item, items), _counterpart(item, desired)) for item in after]
    return after


def _counterpart(item: Any, items: Sequence[Any]) -> Any:
    """The item of another state of a list that stands for the same: by its name or port, or else an equal one."""
    if not isinstance(item, dict):
        return item
    for key in ("name", "port", "containerPort", "mountPath"):
        if key in item:
            return next((one for one in items if isinstance(one, dict) and one.get(key) == item[key]), None) or item
    return item


@dataclass(frozen=True, slots=True)
class _Comparison:
    """`complete`: whether a field that only the state before has is a difference."""

    complete: bool

    def objects(self, before: Object, after: Object) -> Iterator[Difference]:
        shape = SHAPES.get(str(after.get("kind", "")), ANY)
        for key in _union(before, after) if self.complete else after:
            if key in ("status", "apiVersion"):
                continue
            old, new = before.get(key), after.get(key)
            if key == "metadata" and isinstance(old, dict) and isinstance(new, dict):
                old, new = _without_server_fields(old), _without_server_fields(new)
            yield from self._values(key, "", key, old, new, shape.below(key))

    def _values(self, path: str, parent: str, name: str, old: Any, new: Any, shape: Shape) -> Iterator[Difference]:
        if old is new or (type(old) is type(new) and old == new):
            return
        if _nothing(new) and (old is None or _nothing(old) or not (self.complete or _stated(new))):
            return
        if isinstance(old, dict) and isinstance(new, dict):
            yield from self._mappings(path, name, old, new, shape)
        elif isinstance(old, list) and isinstance(new, list):
            yield from self._lists(path, name, old, new, shape)
        elif not (_nothing(old) and _nothing(new)) and not same(parent, name, old, new):
            yield Difference(path, old, new)

    def _mappings(
        self, path: str, name: str, old: Mapping[str, Any], new: Mapping[str, Any], shape: Shape
    ) -> Iterator[Difference]:
        for key in _union(old, new) if self.complete else new:
            yield from self._values(_step(path, key), name, key, old.get(key), new.get(key), shape.below(key))

    def _lists(
        self, path: str, name: str, old: Sequence[Any], new: Sequence[Any], shape: Shape
    ) -> Iterator[Difference]:
        if shape.union:
            missing = [item for item in new if item not in old]
            if missing or (self.complete and len(old) != len(new)):
                yield Difference(path, list(old), list(new))
        elif shape.key and all(isinstance(item, dict) and shape.key in item for item in (*old, *new)):
            yield from self._keyed(path, name, old, new, shape)
        elif len(old) != len(new):
            yield Difference(path, list(old), list(new))
        else:
            for index, (one, other) in enumerate(zip(old, new, strict=True)):
                yield from self._values(f"{path}[{index}]", name, "", one, other, shape)

    def _keyed(
        self, path: str, name: str, old: Sequence[Any], new: Sequence[Any], shape: Shape
    ) -> Iterator[Difference]:
        item_shape = Shape(shape.fields)
        before = {_item_key(item, name, shape): item for item in old}
        after = {_item_key(item, name, shape): item for item in new}
        for key in _union(before, after) if self.complete else after:
            step = f"{path}[{shape.key}:{key[0]}]"
            yield from self._values(step, name, "", before.get(key), after.get(key), item_shape)


def _item_key(item: Mapping[str, Any], name: str, shape: Shape) -> tuple[Any, ...]:
    second, default = _SECOND_KEYS.get(name, ("", None))
    return (item[shape.key], item.get(second, default)) if second else (item[shape.key],)


def _nothing(value: Any) -> bool:
    """Whether a value means the same as none: servers leave out what is empty, and for most types zero and false."""
    return value is None or value == "" or value == [] or value == {} or value is False or value == 0


def _stated(value: Any) -> bool:
    """Whether an empty value says something when the other state has a value: null and empty collections do not."""
    return isinstance(value, bool | int | float | str)


def _without_server_fields(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in metadata.items() if key not in SERVER_FIELDS}


def _union(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> dict[Any, None]:
    return dict.fromkeys((*one, *other))


def _step(path: str, key: str) -> str:
    return f"{path}[{key}]" if "." in key or "/" in key else f"{path}.{key}"
