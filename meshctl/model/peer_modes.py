"""Which mutual TLS servers ask for: PeerAuthentications of the mesh, of a namespace, of a workload and of a port."""

from __future__ import annotations

from dataclasses import dataclass

from meshctl.model.kinds.peer_authentication import PEER_AUTHENTICATION
from meshctl.model.mesh_settings import mesh_settings
from meshctl.model.policy_scope import match_labels
from meshctl.model.resource import Field, Resource
from meshctl.model.selectors import Labels, SelectorIndex
from meshctl.model.snapshot import Snapshot, derived

_UNSET = ("", "UNSET")


@dataclass(frozen=True, slots=True)
class PeerMode:
    """A mode (STRICT, PERMISSIVE, DISABLE) and the field that says it; None for the default."""

    mode: str
    field: Field | None = None


DEFAULT = PeerMode("PERMISSIVE")


class PeerModes:
    """The modes that hold for workloads. Of policies that contradict each other the first one counts."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._namespaces: dict[str, Resource] = {}
        self._selecting: dict[str, SelectorIndex[Resource]] = {}

    def add(self, policy: Resource) -> None:
        """Adds a policy. In the root namespace only one without a selector counts, and for the whole mesh."""
        labels = match_labels(policy)
        if not labels:
            self._namespaces.setdefault(policy.namespace, policy)
        elif policy.namespace != self._root:
            self._selecting.setdefault(policy.namespace, SelectorIndex()).add(labels, policy)

    def of_mesh(self) -> PeerMode:
        """The mode for all workloads of which nothing else is said."""
        return _mode(self._namespaces.get(self._root)) or DEFAULT

    def of_namespace(self, namespace: str) -> PeerMode:
        """The mode for all workloads of a namespace of which nothing else is said."""
        return _mode(self._namespaces.get(namespace)) or self.of_mesh()

    def of_pod(self, namespace: str, labels: Labels, port: int) -> PeerMode:
        """The mode for a port of a workload."""
        index = self._selecting.get(namespace)
        for policy in index.matching(labels) if index is not None else ():
            return _port_mode(policy, port) or _mode(policy) or self.of_namespace(namespace)
        return self.of_namespace(namespace)

    def selects_in(self, namespace: str) -> bool:
        """Whether single workloads of a namespace have a mode of their own."""
        return namespace in self._selecting


def _mode(policy: Resource | None) -> PeerMode | None:
    field = policy.spec["mtls"]["mode"] if policy is not None else None
    return PeerMode(field.text, field) if field is not None and field.text not in _UNSET else None


def _port_mode(policy: Resource, port: int) -> PeerMode | None:
    for key, settings in policy.spec["portLevelMtls"].items():
        if str(key) == str(port) and settings["mode"].text not in _UNSET:
            return PeerMode(settings["mode"].text, settings["mode"])
    return None


@derived
def peer_modes(mesh: Snapshot) -> PeerModes:
    """The modes of all workloads of a snapshot."""
    found = PeerModes(mesh_settings(mesh).root_namespace)
    for policy in mesh[PEER_AUTHENTICATION]:
        found.add(policy)
    return found
