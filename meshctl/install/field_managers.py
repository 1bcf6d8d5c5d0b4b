"""Server-side apply of single objects under our name, which takes over what other installers own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from meshctl.errors import MeshctlError
from meshctl.install.conflicts import conflicts, unless_overtaken, with_people
from meshctl.install.identity import Object, identity, metadata
from meshctl.install.ownership import BOOTSTRAP_MANAGER, MANAGER
from meshctl.install.webhook_defaults import still_unset, without_initial
from meshctl.kube import Cluster, ConflictError


class OwnedByOthersError(MeshctlError):
    """Fields that have to be written belong to somebody else."""


def apply(cluster: Cluster, item: Object) -> None:
    """Applies an object; what istiod takes over later, as the CA of webhooks, is set once and then left to it.

    Raises `OwnedByOthersError` when people own one of the fields, with all of those.
    """
    data, initial = without_initial(item)
    with_first_values(cluster, unless_overtaken(lambda: _applied(cluster, data)), initial)


def with_first_values(cluster: Cluster, found: Object, initial: Iterable[dict[str, Any]]) -> Object:
    """Webhooks with their first values where nobody has set them; istiod may be faster, and knows better."""
    key = identity(found)

    def set_unset(live: Object | None) -> Object:
        first = still_unset(list(initial), live) if live else []
        if not live or not first:
            return live or found
        change = {"metadata": {"resourceVersion": metadata(live).get("resourceVersion")}, "webhooks": first}
        return cluster.patch(
            cluster.type_of(found),
            key.name,
            key.namespace,
            change,
            content_type="application/strategic-merge-patch+json",
            manager=BOOTSTRAP_MANAGER,
        )

    try:
        return set_unset(found)
    except ConflictError:
        return unless_overtaken(lambda: set_unset(cluster.get(cluster.type_of(found), key.name, key.namespace)))


def _applied(cluster: Cluster, item: Object) -> dict[str, Any]:
    try:
        return cluster.apply(item, MANAGER)
    except ConflictError as error:
        found = conflicts(error)
        if not found:
            raise
        people = with_people(found)
        if people:
            raise OwnedByOthersError(
                f"{identity(item)} cannot be changed: {'; '.join(map(str, people))}",
                hint="undo that change first",
            ) from error
        return cluster.apply(item, MANAGER, force=True)
