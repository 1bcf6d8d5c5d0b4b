"""Server-side apply of single objects under our name, which takes over what other installers own."""

from __future__ import annotations

import contextlib
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
    found = unless_overtaken(lambda: _applied(cluster, data))
    first = still_unset(list(initial), found)
    if not first:
        return
    key = identity(found)
    change = {"metadata": {"resourceVersion": metadata(found).get("resourceVersion")}, "webhooks": first}
    with contextlib.suppress(ConflictError):  # istiod was faster, and knows better
        cluster.patch(
            cluster.type_of(item),
            key.name,
            key.namespace,
            change,
            content_type="application/strategic-merge-patch+json",
            manager=BOOTSTRAP_MANAGER,
        )


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
