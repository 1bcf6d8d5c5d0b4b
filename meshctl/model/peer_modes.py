"""Which mutual TLS servers ask for: PeerAuthentications of the mesh, of a namespace, of a workload and of a port."""

from __future__ import annotations

from collections.abc import Mapping
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
    """The modes that hold for workloads. Of contradicting policies the oldest counts, in files the first."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._namespaces: dict[str, Resource] = {}
        self._selecting: dict[str, SelectorIndex[Resource]] = {}

    def add(self, policy: Resource) -> None:
        """Adds a policy. In the root namespace only one without a selector counts, and for the whole mesh."""
        labels = match_labels(policy)
        if not labels:
            known = self._namespaces.setdefault(policy.namespace, policy)
            self._namespaces[policy.namespace] = min(known, policy, key=_made)
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
        policy = self._own(namespace, labels)
        port_mode = _port_mode(policy, port) if policy is not None else None
        return port_mode or self.of_workload(namespace, labels)

    def of_workload(self, namespace: str, labels: Labels) -> PeerMode:
        """The mode for all ports of a workload of which nothing else is said."""
        return _mode(self._own(namespace, labels)) or self.of_namespace(namespace)

    def of_ports(self, namespace: str, labels: Labels) -> Mapping[int, PeerMode]:
        """The modes that single ports of a workload have by a policy."""
        policy = self._own(namespace, labels)
        if policy is None:
            return {}
        ports = [int(key) for key in policy.spec["portLevelMtls"].mapping if str(key).isdecimal()]
        return {port: mode for port in ports if (mode := _port_mode(policy, port)) is not None}

    def _own(self, namespace: str, labels: Labels) -> Resource | None:
        """The policy for a workload by its labels."""
        index = self._selecting.get(namespace)
        return min(index.matching(labels), key=_made, default=None) if index is not None else None

    def selects_in(self, namespace: str) -> bool:
        """Whether single workloads of a namespace have a mode of their own."""
        return namespace in self._selecting


def _made(policy: Resource) -> str:
    """When a policy was made, in a form that sorts; files do not tell it."""
    return str(policy.metadata.get("creationTimestamp") or "")


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
