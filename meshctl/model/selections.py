"""Which pods of their own namespace resources with a workload selector apply to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from meshctl.model.resource import Field, Resource
from meshctl.model.selectors import Labels, SelectorIndex, selector_text
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import Workload, pods, pods_by_namespace

_SHOWN = 8


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

    def groups(self) -> Iterator[tuple[tuple[Resource, ...], list[Workload]]]:
        """Resources that select the same pods, with these pods: every selected pod is in one group."""
        alike: dict[tuple[str, str], list[Resource]] = {}
        indexes: dict[str, SelectorIndex[tuple[str, str]]] = {}
        for resource, labels in self._selecting:
            key = (resource.namespace, selector_text(labels))
            if key not in alike:
                alike[key] = []
                indexes.setdefault(resource.namespace, SelectorIndex()).add(labels, key)
            alike[key].append(resource)
        grouped: dict[frozenset[tuple[str, str]], list[Workload]] = {}
        for pod in pods(self._mesh):
            index = indexes.get(pod.namespace)
            keys = frozenset(index.matching(pod.labels)) if index is not None else None
            if keys:
                grouped.setdefault(keys, []).append(pod)
        for keys, selected in grouped.items():
            # In files an object may be defined twice.
            found = {resource.name: resource for key in sorted(keys) for resource in alike[key]}
            yield tuple(found.values()), selected


def first_label(labels: Field) -> Field:
    """The place to name when something is wrong with a selector: its first label, in alphabetical order."""
    return labels[min(labels.mapping)] if labels.mapping else labels


def names(resources: Iterable[Resource]) -> list[str]:
    """The names of resources in alphabetical order, as many as a message can show."""
    found = sorted(resource.name for resource in resources)
    return [*found[:_SHOWN], "others"] if len(found) > _SHOWN else found
