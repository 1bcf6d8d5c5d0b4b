"""Definitions whose establishment an API server forgot.

A server accepts the names of a new definition first, and establishes it a moment later. One that ends in between does
not go on with it after its start: only a change of the definition makes it look again, and applying the same is none.
"""

from __future__ import annotations

import contextlib

from meshctl.install.identity import Object, metadata
from meshctl.install.readiness import condition
from meshctl.kube import ApiError, Cluster

PATIENCE = 3.0
"""Seconds that a server may take, which is thousands of what it needs."""

_MARK = "meshctl.io/reminded"


def is_accepted_only(item: Object) -> bool:
    """Whether an object is a definition with accepted names that is not established."""
    status = item.get("status") or {}
    return (
        item.get("kind") == "CustomResourceDefinition"
        and condition(status, "NamesAccepted").get("status") == "True"
        and condition(status, "Established").get("status") != "True"
    )


def remind(cluster: Cluster, item: Object) -> None:
    """Changes a definition, and changes it back, so that the server looks at it."""
    type_ = cluster.type_of(item)
    with contextlib.suppress(ApiError):
        for value in ("", None):
            cluster.patch(
                type_,
                str(metadata(item)["name"]),
                "",
                {"metadata": {"annotations": {_MARK: value}}},
                content_type="application/merge-patch+json",
            )
