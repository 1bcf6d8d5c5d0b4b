"""Which namespaces exist, with look-ups by the patterns that authorization policies use."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from meshctl.model.kinds.namespace import NAMESPACE
from meshctl.model.membership import IGNORED_NAMESPACES
from meshctl.model.mesh_settings import mesh_settings
from meshctl.model.snapshot import Snapshot, derived
from meshctl.model.workloads import pods


class Namespaces:
    """A set of names that answers prefixes and suffixes by a search in sorted lists."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = sorted(set(names))
        self._folded = {name.lower() for name in self._names}
        self._backwards = sorted(name[::-1] for name in self._names)

    def match(self, pattern: str) -> bool:
        """Whether a name fits: `*` is any, `*-a` and `a-*` are ends and beginnings, a plain name counts in any case."""
        if pattern == "*":
            return True
        if pattern.startswith("*"):
            return _begins(self._backwards, pattern[:0:-1])
        if pattern.endswith("*"):
            return _begins(self._names, pattern[:-1])
        return pattern.lower() in self._folded


def _begins(names: list[str], prefix: str) -> bool:
    index = bisect_left(names, prefix)
    return index < len(names) and names[index].startswith(prefix)


@derived
def known_namespaces(mesh: Snapshot) -> Namespaces:
    """The namespaces of the snapshot, and those of Kubernetes that every cluster has.

    Unless the snapshot is strict, a namespace is known by the pods in it too, and the default one and the root
    namespace of the mesh are taken for granted.
    """
    names = {namespace.name for namespace in mesh[NAMESPACE]} | IGNORED_NAMESPACES
    if not mesh.strict:
        names |= {pod.namespace for pod in pods(mesh)}
        names |= {"default", mesh_settings(mesh).root_namespace}
    return Namespaces(names)
