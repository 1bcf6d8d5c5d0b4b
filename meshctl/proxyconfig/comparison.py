"""What differs between two config dumps, resource by resource, without what always differs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Any

from meshctl.proxyconfig import sections
from meshctl.proxyconfig.comparable import bootstrap_data, order_free, secret_data
from meshctl.proxyconfig.documents import document
from meshctl.proxyconfig.dump import ConfigDump, Entry, State
from meshctl.proxyconfig.served import SERVED, served


class Change(StrEnum):
    """What became of a resource from the first dump to the second."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Value:
    """A field that differs: None on the side that does not have it."""

    path: str
    first: Any
    second: Any


@dataclass(frozen=True, slots=True)
class Difference:
    """A resource that differs."""

    kind: str
    name: str
    change: Change
    values: list[Value] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Resource:
    same: object  # equal only where there is no need to look closer
    data: Callable[[], Any]
    error: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The differences, and the sections that only one of the dumps has, which are not compared."""

    differences: list[Difference]
    uncompared: list[str]


def compare(first: ConfigDump, second: ConfigDump) -> Comparison:
    """Compares two dumps; with one of istiod, only what istiod serves. Raises `DumpError`."""
    if first.of_istiod or second.of_istiod:
        return compare_served(first, second)
    return _compare(first, second, _KINDS)


def compare_served(first: ConfigDump, second: ConfigDump, kinds: Iterable[str] = SERVED) -> Comparison:
    """Compares what istiod would send a proxy now with what the proxy got from it. Raises `DumpError`."""
    return _compare(first, second, {kind: (SERVED[kind], partial(_served, kind)) for kind in kinds})


def _served(kind: str, dump: ConfigDump) -> Mapping[str, list[_Resource]]:
    return {name: [_Resource(data, partial(_kept, order_free(data)), "")] for name, data in served(dump, kind).items()}


def _compare(first: ConfigDump, second: ConfigDump, kinds: _Kinds) -> Comparison:
    differences: list[Difference] = []
    uncompared: list[str] = []
    for kind, (url, resources) in kinds.items():
        if first.has(url) and second.has(url):
            differences += _compared(kind, resources(first), resources(second))
        elif first.has(url) or second.has(url):
            if kind == "ecds":
                # Envoy leaves this section out when it is empty.
                found = [resources(dump) if dump.has(url) else {} for dump in (first, second)]
                differences += _compared(kind, *found)
            else:
                uncompared.append(url.removeprefix(sections.ADMIN))
    return Comparison(differences, uncompared)


def _compared(
    kind: str, first: Mapping[str, list[_Resource]], second: Mapping[str, list[_Resource]]
) -> Iterator[Difference]:
    for name in sorted(first.keys() | second.keys()):
        left, right = list(first.get(name, [])), list(second.get(name, []))
        # Several resources may share a name, as inline routes do; equal ones are taken out in pairs first.
        for resource in list(left):
            twin = next(
                (other for other in right if other.same == resource.same and other.error == resource.error), None
            )
            if twin:
                left.remove(resource)
                right.remove(twin)
        for one, other in zip(left, right, strict=False):
            values = list(_values(one.data(), other.data(), ""))
            if one.error != other.error:
                values.append(Value("refused update", one.error or None, other.error or None))
            if values:
                yield Difference(kind, name, Change.CHANGED, values)
        for _ in left[len(right) :]:
            yield Difference(kind, name, Change.REMOVED)
        for _ in right[len(left) :]:
            yield Difference(kind, name, Change.ADDED)


def _values(first: Any, second: Any, path: str) -> Iterator[Value]:
    if first == second:
        return
    if isinstance(first, dict) and isinstance(second, dict):
        for key in [*first, *(key for key in second if key not in first)]:
            step = f"[{key}]" if "." in key or "|" in key else f".{key}" if path else key
            yield from _values(first.get(key), second.get(key), path + step)
    elif isinstance(first, list) and isinstance(second, list):
        for index in range(max(len(first), len(second))):
            one, other = (found[index] if index < len(found) else None for found in (first, second))
            yield from _values(one, other, f"{path}[{index}]")
    else:
        yield Value(path, first, second)


def _entries(entries: Iterable[Entry[Any]]) -> dict[str, list[_Resource]]:
    found: defaultdict[str, list[_Resource]] = defaultdict(list)
    for entry in entries:
        if entry.state in (State.WARMING, State.DRAINING):
            continue
        error = entry.error.details if entry.error else ""
        found[entry.name].append(_Resource(bytes(entry.raw), partial(_data, entry), error))
    return found


def _data(entry: Entry[Any]) -> Any:
    return order_free(document(entry.raw))


def _kept(data: Any) -> Any:
    return data


def _secrets(dump: ConfigDump) -> dict[str, list[_Resource]]:
    found: defaultdict[str, list[_Resource]] = defaultdict(list)
    for entry in dump.secrets:
        data = secret_data(entry)
        error = entry.error.details if entry.error else ""
        found[entry.name].append(_Resource(repr(data), partial(_kept, data), error))
    return found


def _bootstrap(dump: ConfigDump) -> dict[str, list[_Resource]]:
    data = bootstrap_data(dump)
    return {"": [_Resource(repr(data), partial(_kept, data), "")]}


_Kinds = Mapping[str, tuple[str, Callable[[ConfigDump], Mapping[str, list[_Resource]]]]]

_KINDS: _Kinds = {
    "bootstrap": (sections.BOOTSTRAP, _bootstrap),
    "cluster": (sections.CLUSTERS, lambda dump: _entries(dump.clusters)),
    "ecds": (sections.ECDS, lambda dump: _entries(dump.extensions)),
    "endpoint": (sections.ENDPOINTS, lambda dump: _entries(dump.endpoints)),
    "listener": (sections.LISTENERS, lambda dump: _entries(dump.listeners)),
    "route": (sections.ROUTES, lambda dump: _entries(dump.routes)),
    "secret": (sections.SECRETS, _secrets),
}
