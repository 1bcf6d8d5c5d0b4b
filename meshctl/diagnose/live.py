"""Objects of a live cluster as resources, for questions about a few kinds that look at every object of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from meshctl.kube import Cluster
from meshctl.model.kind import Kind
from meshctl.model.resource import IN_CLUSTER, Resource


def live(
    cluster: Cluster, kind: Kind, namespace: str = "", *, labels: str = "", metadata_only: bool = False
) -> Sequence[Resource]:
    """The objects of a kind; none of a kind that the cluster does not serve. Raises a `ClusterError`."""
    type_ = cluster.resource_types.find(kind.group, kind.name)
    if type_ is None:
        return ()
    found = cluster.objects_if_served(type_, namespace, labels=labels, metadata_only=metadata_only)
    return [as_resource(kind, item) for item in found]


def as_resource(kind: Kind, item: Mapping[str, Any]) -> Resource:
    """An object of a cluster as a resource, which has neither a file nor lines."""
    metadata = item.get("metadata") or {}
    namespace, name = str(metadata.get("namespace", "")), str(metadata.get("name", ""))
    return Resource(kind, kind.versions[0], namespace, name, item, IN_CLUSTER)
