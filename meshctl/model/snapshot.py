"""A snapshot: every resource of a mesh at one moment, with an index for every question asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar, cast

from meshctl.model.kind import Kind
from meshctl.model.resource import Resource

T = TypeVar("T")


class Snapshot:
    """Resources by kind, namespace and name. Nothing in it changes once it is made.

    Where two resources are the same object, `find` gives the later one, and a strict snapshot holds no other; files
    that define an object twice are still looked at as a whole. `duplicates` has each such pair in source order.

    `strict` says that it is the whole mesh, as a live cluster is, so that what it lacks does not exist, but for the
    kinds in `unread`. `remotes` are the other clusters of the mesh by name. What only they have is here too, as hosts
    and workloads of all clusters are those of one mesh; `is_remote` tells it apart.

    An index over it is a function with the decorator `derived`: computed the first time that somebody asks, kept from
    then on, and defined beside the topic that needs it. `reading` tells which kinds were looked at, through whatever
    index, so that a test can compare what an analyzer declares with what it does.
    """

    def __init__(
        self,
        resources: Iterable[Resource],
        *,
        strict: bool = False,
        unread: Iterable[Kind] = (),
        remotes: Mapping[str, Snapshot] | None = None,
    ) -> None:
        self.strict = strict
        self.remotes: Mapping[str, Snapshot] = remotes or {}
        self.unread: frozenset[Kind] = frozenset(unread).union(*(other.unread for other in self.remotes.values()))
        self._remote: set[int] = set()
        self._by_kind: dict[Kind, dict[tuple[str, str], Resource]] = {}
        self._lists: dict[Kind, tuple[Resource, ...]] = {}
        self._derived: dict[Any, tuple[Any, frozenset[Kind]]] = {}
        self._readers: list[set[Kind]] = []
        self.duplicates: list[tuple[Resource, Resource]] = []
        for resource in resources:
            named = self._by_kind.get(resource.kind)
            if named is None:
                named = self._by_kind[resource.kind] = {}
            key = (resource.namespace, resource.name)
            if key in named:
                if resource.name:
                    self.duplicates.append((named[key], resource))
                    if not strict:
                        named[resource.namespace, f" {len(named)}"] = named[key]
                else:  # nameless objects are not the same object
                    key = (resource.namespace, f" {len(named)}")
            # The later one of two documents wins, as with `kubectl apply`.
            named[key] = resource
        for other in self.remotes.values():
            self._borrow(other)

    def _borrow(self, other: Snapshot) -> None:
        for kind, theirs in other._by_kind.items():
            named = self._by_kind.setdefault(kind, {})
            for key, resource in theirs.items():
                if key not in named:
                    named[key] = resource
                    self._remote.add(id(resource))

    def is_remote(self, resource: Resource) -> bool:
        """Whether a resource is of another cluster, and of that alone."""
        return id(resource) in self._remote

    def __getitem__(self, kind: Kind) -> Sequence[Resource]:
        """All resources of a kind, in source order."""
        if self._readers:
            self._note(kind)
        found = self._lists.get(kind)
        if found is None:
            found = self._lists[kind] = tuple(self._by_kind.get(kind, {}).values())
        return found

    def find(self, kind: Kind, namespace: str, name: str) -> Resource | None:
        """The resource of that kind and name; the namespace of a kind of cluster scope is `""`."""
        if self._readers:
            self._note(kind)
        named = self._by_kind.get(kind)
        return named.get((namespace, name)) if named else None

    def holds(self, kinds: Iterable[Kind]) -> bool:
        """Whether there is any resource of one of the kinds."""
        return any(self._by_kind.get(kind) for kind in kinds)

    def __iter__(self) -> Iterator[Resource]:
        """All resources, kind after kind."""
        for named in self._by_kind.values():
            yield from named.values()

    def __len__(self) -> int:
        return sum(len(named) for named in self._by_kind.values())

    @contextmanager
    def reading(self) -> Iterator[set[Kind]]:
        """Collects the kinds that are looked at until the end of the block."""
        kinds: set[Kind] = set()
        self._readers.append(kinds)
        try:
            yield kinds
        finally:
            # By position: two sets may be equal.
            self._readers.pop()

    def _note(self, kind: Kind) -> None:
        for reader in self._readers:
            reader.add(kind)

    def _derive(self, function: Callable[[Snapshot], T]) -> T:
        known = self._derived.get(function)
        if known is None:
            with self.reading() as kinds:
                value = function(self)
            self._derived[function] = known = (value, frozenset(kinds))
        elif self._readers:
            for reader in self._readers:
                reader |= known[1]
        return cast(T, known[0])


def derived(function: Callable[[Snapshot], T]) -> Callable[[Snapshot], T]:
    """Makes a function of a snapshot an index: computed once for each snapshot."""

    @wraps(function)
    def get(mesh: Snapshot) -> T:
        return mesh._derive(function)

    return get


def by_namespace(resources: Iterable[Resource]) -> Mapping[str, list[Resource]]:
    """Resources grouped by their namespace, in their order."""
    groups: dict[str, list[Resource]] = {}
    for resource in resources:
        groups.setdefault(resource.namespace, []).append(resource)
    return groups
