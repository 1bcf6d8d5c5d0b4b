"""The cluster that charts are rendered for, as far as their templates may ask about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from meshctl.kube import Cluster

KUBE_VERSION = "v1.32.0"
"""The oldest Kubernetes that this release of Istio supports: what charts are rendered for without a cluster."""

_GROUPS = """
    core: v1
    admissionregistration.k8s.io: v1 v1alpha1 v1beta1
    apiextensions.k8s.io: v1beta1 v1
    apps: v1 v1beta1 v1beta2
    authentication.k8s.io: v1 v1alpha1 v1beta1
    authorization.k8s.io: v1 v1beta1
    autoscaling: v1 v2
    batch: v1 v1beta1
    certificates.k8s.io: v1 v1beta1 v1alpha1
    coordination.k8s.io: v1alpha2 v1beta1 v1
    discovery.k8s.io: v1 v1beta1
    events.k8s.io: v1 v1beta1
    extensions: v1beta1
    flowcontrol.apiserver.k8s.io: v1 v1beta1 v1beta2 v1beta3
    internal.apiserver.k8s.io: v1alpha1
    networking.k8s.io: v1 v1beta1
    node.k8s.io: v1 v1alpha1 v1beta1
    policy: v1 v1beta1
    rbac.authorization.k8s.io: v1 v1beta1 v1alpha1
    resource.k8s.io: v1 v1beta2 v1beta1 v1alpha3
    scheduling.k8s.io: v1alpha2 v1beta1 v1
    storage.k8s.io: v1beta1 v1 v1alpha1
    storagemigration.k8s.io: v1beta1
"""

API_VERSIONS = tuple(
    version if group.strip() == "core" else f"{group.strip()}/{version}"
    for group, _, versions in (line.partition(":") for line in _GROUPS.strip().splitlines())
    for version in versions.split()
)
"""The API versions that Helm takes for served when it does not ask a cluster: all that its libraries know.

Charts ask for old ones as well, and have to get the same answer.
"""

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
