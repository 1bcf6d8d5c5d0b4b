"""Which pods of their own namespace resources with a workload selector apply to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from meshctl.model.resource import Field, Resource
from meshctl.model.selectors import Labels, SelectorIndex
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import Workload, pods, pods_by_namespace


class Selections:
    """Resources of one kind with their selectors; one without labels is not meant to be here."""

    def __init__(self, mesh: Snapshot, selecting: Iterable[tuple[Resource, Labels]]) -> None:
        self._mesh = mesh
        self._selecting = list(selecting)

    def idle(self) -> Iterator[tuple[Resource, Labels]]:
        """Those that select no pod."""
        by_namespace = pods_by_namespace(self._mesh)
        for resource, labels in self._selecting:
            index = by_namespace.get(resource.namespace)
            if index is None or not index.any(labels):
                yield resource, labels

    def by_pod(self) -> Iterator[tuple[Workload, tuple[Resource, ...]]]:
        """Every pod that is selected, with all that select it."""
        indexes: dict[str, SelectorIndex[Resource]] = {}
        for resource, labels in self._selecting:
            indexes.setdefault(resource.namespace, SelectorIndex()).add(labels, resource)
        for pod in pods(self._mesh):
            index = indexes.get(pod.namespace)
            found = tuple(index.matching(pod.labels)) if index is not None else ()
            if found:
                yield pod, found

    def shared(
        self, counts: Callable[[Workload], bool] = lambda _: True
    ) -> Iterator[tuple[Workload, tuple[Resource, ...]]]:
        """Every set of two or more that select the same pods, once, with the first of these pods that counts."""
        said: set[frozenset[Resource]] = set()
        for pod, resources in self.by_pod():
            group = frozenset(resources)
            if len(group) > 1 and group not in said and counts(pod):
                said.add(group)
                yield pod, resources


def first_label(labels: Field) -> Field:
    """The place to name when something is wrong with a selector: its first label, in alphabetical order."""
    return labels[min(labels.mapping)] if labels.mapping else labels


def names(resources: Iterable[Resource]) -> list[str]:
    """The names of resources in alphabetical order."""
    return sorted(resource.name for resource in resources)
