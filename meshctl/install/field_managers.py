"""Server-side apply of single objects under our name, which takes over what other installers own."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from meshctl.errors import MeshctlError
from meshctl.install.ownership import MANAGER, OTHER_INSTALLERS
from meshctl.kube import Cluster, ConflictError

ISTIOD = "pilot-discovery"
"""The field manager of istiod itself."""

_OWNER = re.compile(r'conflicts? with "([^"]+)"')


class OwnedByOthersError(MeshctlError):
    """Fields that have to be written belong to somebody else."""


def apply(
    cluster: Cluster, item: Mapping[str, Any], *, dry_run: bool = False, adopt: Collection[str] = OTHER_INSTALLERS
) -> dict[str, Any]:
    """Applies an object; fields that one of `adopt` owns are taken over.

    Raises `OwnedByOthersError` when somebody else owns one of the fields, with the names of all of them.
    """
    try:
        return cluster.apply(item, MANAGER, dry_run=dry_run)
    except ConflictError as error:
        others = owners(error)
        if others and others <= frozenset(adopt):
            return cluster.apply(item, MANAGER, force=True, dry_run=dry_run)
        if not others:
            raise
        metadata = item.get("metadata") or {}
        raise OwnedByOthersError(
            f"{item.get('kind')} {metadata.get('name')} was changed by {', '.join(sorted(others - set(adopt)))}: "
            + "; ".join(error.causes)[:400],
            hint="undo that change, or make it in the settings of the installation",
        ) from error


def owners(error: ConflictError) -> frozenset[str]:
    """The field managers that a refused apply conflicts with."""
    return frozenset(_OWNER.findall(" ".join((error.message, *error.causes))))
