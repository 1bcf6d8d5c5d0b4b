"""The cluster that charts are rendered for, as far as their templates may ask about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from meshctl.kube import Cluster

KUBE_VERSION = "v1.32.0"
"""The oldest Kubernetes that this release of Istio supports: what charts are rendered for without a cluster."""

API_VERSIONS = (
    "admissionregistration.k8s.io/v1",
    "apiextensions.k8s.io/v1",
    "apps/v1",
    "authentication.k8s.io/v1",
    "authorization.k8s.io/v1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "certificates.k8s.io/v1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "events.k8s.io/v1",
    "networking.k8s.io/v1",
    "node.k8s.io/v1",
    "policy/v1",
    "rbac.authorization.k8s.io/v1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1",
    "v1",
)
"""The API versions that every Kubernetes of that age serves."""

Lookup = Callable[[str, str, str, str], dict[str, Any]]
"""Gives the object of an API version, kind, namespace and name; without a name the list of all."""


@dataclass(frozen=True, slots=True)
class Target:
    """A cluster: its version (`v1.32.0`), the API versions that it serves, and how objects in it are looked up."""

    version: str = KUBE_VERSION
    api_versions: tuple[str, ...] = API_VERSIONS
    lookup: Lookup | None = None


OFFLINE = Target()
"""No cluster: one of the oldest supported version, without any object that a template could look up."""


def target_of(cluster: Cluster) -> Target:
    """What the templates of charts may ask of a cluster; raises `ClusterError`."""
    types = list(cluster.resource_types)
    versions = {found.api_version for found in types}
    versions |= {f"{found.api_version}/{found.kind}" for found in types}

    def lookup(api_version: str, kind: str, namespace: str, name: str) -> dict[str, Any]:
        group, _, version = api_version.rpartition("/")
        found = cluster.resource_types.find(group, kind, version)
        if found is None:
            return {}
        if name:
            return cluster.get(found, name, namespace) or {}
        items = list(cluster.objects(found, namespace))
        return {"apiVersion": api_version, "kind": f"{kind}List", "items": items}

    return Target(str(cluster.server_version.get("gitVersion") or KUBE_VERSION), tuple(sorted(versions)), lookup)
