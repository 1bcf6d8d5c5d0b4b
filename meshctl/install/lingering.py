"""Why something that is being deleted is still there: finalizers, and what a namespace or a definition still holds."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.install.identity import Object, metadata
from meshctl.kube import Cluster, ClusterError

_DEFINITION = "CustomResourceDefinition"
_MOST = 3

_REMAINS = frozenset(
    {
        "NamespaceDeletionDiscoveryFailure",
        "NamespaceDeletionGroupVersionParsingFailure",
        "NamespaceDeletionContentFailure",
        "NamespaceContentRemaining",
        "NamespaceFinalizersRemaining",
    }
)
"""Conditions by which a namespace that is being deleted tells what keeps it."""

_OWN = frozenset({"customresourcecleanup.apiextensions.k8s.io", "foregroundDeletion", "orphan", "kubernetes"})
"""Finalizers of Kubernetes itself, which go when what they wait for has gone."""


def is_leaving(item: Object) -> bool:
    """Whether an object is being deleted."""
    return bool(metadata(item).get("deletionTimestamp"))


def hindrances(cluster: Cluster, item: Object) -> tuple[str, ...]:
    """What an object that is being deleted waits for, as far as it tells; never raises."""
    status = item.get("status") or {}
    found = [
        str(condition.get("message"))
        for condition in status.get("conditions") or ()
        if condition.get("type") in _REMAINS and condition.get("status") == "True"
    ]
    if item.get("kind") == _DEFINITION:
        found += _instances(cluster, item)
    found += _finalizers("it", item)
    return tuple(found)


def _instances(cluster: Cluster, definition: Object) -> Iterator[str]:
    """The objects of a definition, which go before it."""
    spec = definition.get("spec") or {}
    kind = str((spec.get("names") or {}).get("kind", ""))
    try:
        type_ = cluster.resource_types.find(str(spec.get("group", "")), kind)
        items = cluster.objects(type_, metadata_only=True) if type_ is not None else []
    except ClusterError as error:
        yield f"its objects cannot be read: {error.message}"
        return
    for item in items[:_MOST]:
        names = metadata(item)
        name = "/".join(filter(None, (names.get("namespace"), names.get("name"))))
        yield next(iter(_finalizers(f"{kind} {name}", item)), f"{kind} {name} is there")
    if len(items) > _MOST:
        yield f"and {len(items) - _MOST} objects more"


def _finalizers(subject: str, item: Object) -> Iterator[str]:
    """Who has to agree to the deletion of an object, besides Kubernetes itself."""
    names = [name for name in metadata(item).get("finalizers") or () if name not in _OWN]
    if names:
        yield f"{subject} stays until its finalizer is taken away: {', '.join(names)}"
