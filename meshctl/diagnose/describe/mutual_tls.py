"""Which mutual TLS the proxy of a pod asks of its clients, and by which policies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from meshctl.model.attached_policies import ProxyIdentity, attached
from meshctl.model.kinds.peer_authentication import PEER_AUTHENTICATION
from meshctl.model.mesh_settings import mesh_settings
from meshctl.model.peer_modes import peer_modes
from meshctl.model.policy_scope import match_labels
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import Workload


@dataclass(frozen=True, slots=True)
class MutualTls:
    """The mode of a workload, those of its ports that differ by a policy, and the policies, the widest first."""

    mode: str
    ports: Mapping[int, str]
    policies: tuple[str, ...]
    """Each as `name.namespace`."""


def mutual_tls(mesh: Snapshot, pod: Workload) -> MutualTls:
    """The mutual TLS of a pod."""
    modes = peer_modes(mesh)
    applied = attached(mesh, PEER_AUTHENTICATION, ProxyIdentity(pod.namespace, pod.labels))
    root = mesh_settings(mesh).root_namespace
    # In the root namespace a policy for some workloads has no effect.
    applied = [policy for policy in applied if policy.namespace != root or not match_labels(policy)]
    applied.sort(key=lambda policy: (policy.namespace != root, bool(match_labels(policy))))
    return MutualTls(
        modes.of_workload(pod.namespace, pod.labels).mode,
        {port: mode.mode for port, mode in sorted(modes.of_ports(pod.namespace, pod.labels).items())},
        tuple(f"{policy.name}.{policy.namespace}" for policy in applied),
    )
