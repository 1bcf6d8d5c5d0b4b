"""Takes objects away and waits until they are gone, with everything that belongs to them."""

from __future__ import annotations

from collections.abc import Sequence

from meshctl.install.identity import Identity, Object, metadata
from meshctl.install.lingering import hindrances
from meshctl.install.outcome import Account, Progress, Status
from meshctl.install.webhook_defaults import KINDS as WEBHOOKS
from meshctl.kube import ApiError, Cluster, ClusterError, TimedOutError

_OWNERS = frozenset({"Deployment", "DaemonSet", "StatefulSet", "ReplicaSet", "Job"})
"""Kinds whose pods have to go first; the end of their deletion is that of their pods."""

_DEFINITION = "CustomResourceDefinition"
_PAUSE = 0.05
_LONGEST_PAUSE = 1.0
_EXPLANATION = 10.0
"""Seconds to find out why something is still there when the time is over."""


def remove(
    cluster: Cluster,
    items: Sequence[tuple[Identity, Object]],
    account: Account,
    progress: Progress,
    afterwards: Sequence[tuple[Identity, Object]] = (),
) -> None:
    """Deletes objects: webhooks first, as they would stop what comes after them, and definitions after their objects.

    What is to go `afterwards` goes once the workloads are gone, which would make it anew. What became of each is noted
    in the account; raises `ClusterError` only when the time is over.
    """
    last = [item for item in items if item[0].kind == _DEFINITION]
    first = [item for item in items if item[0].kind in WEBHOOKS]
    rest = [item for item in items if item not in first and item not in last]
    leaving: list[tuple[Identity, Object]] = []
    defined = {defined_by(live) for _, live in last}
    # A server takes longest for definitions, which nothing has to go before but objects of their kinds.
    alone = not any((key.group, key.kind) in defined for key, _ in rest)
    for some in (first, last + rest) if alone else (first, rest, last):
        leaving += _deleted(cluster, some, account)
    if afterwards:
        _wait(cluster, [item for item in leaving if item[0].kind in _OWNERS], account, progress)
        leaving = [item for item in leaving if item[0].kind not in _OWNERS] + _deleted(cluster, afterwards, account)
    _wait(cluster, leaving, account, progress)


def defined_by(definition: Object) -> tuple[str, str]:
    """The group and kind of the objects that a definition is for."""
    spec = definition.get("spec") or {}
    return str(spec.get("group", "")), str((spec.get("names") or {}).get("kind", ""))


def _deleted(
    cluster: Cluster, items: Sequence[tuple[Identity, Object]], account: Account
) -> list[tuple[Identity, Object]]:
    """Asks for the deletion of objects; those that may still be there for a while."""
    asked = cluster.each(lambda item: _delete(cluster, item, account), items)
    return [item for item, going in zip(items, asked, strict=True) if going]


def _delete(cluster: Cluster, item: tuple[Identity, Object], account: Account) -> bool:
    """Asks for the deletion; whether the object may still be there for a while."""
    key, live = item
    foreground = key.kind in _OWNERS
    try:
        cluster.delete(
            cluster.type_of(live),
            key.name,
            key.namespace,
            uid=str(metadata(live).get("uid", "")),
            propagation="Foreground" if foreground else "Background",
        )
    except ClusterError as error:
        account.note(key, Status.FAILED, _reason(error))
        return False
    # A definition gets a finalizer for its objects some time after it was made.
    if foreground or metadata(live).get("finalizers") or key.kind == _DEFINITION:
        account.note(key, Status.NOT_READY, "it is being deleted")
        return True
    account.note(key, Status.REMOVED)
    return False


def _reason(error: ClusterError) -> str:
    if isinstance(error, ApiError) and error.status == 409:
        return "it was made anew since the plan was made; run again"
    return error.message


def _wait(cluster: Cluster, items: list[tuple[Identity, Object]], account: Account, progress: Progress) -> None:
    pause = _PAUSE
    try:
        while items:
            there = _present(cluster, items)
            for key, live in items:
                if metadata(live).get("uid") not in there:
                    account.note(key, Status.REMOVED)
            items = [item for item in items if metadata(item[1]).get("uid") in there]
            if items:
                progress.waiting([str(key) for key, _ in items])
                cluster.deadline.sleep(pause)
                pause = min(pause * 1.1, _LONGEST_PAUSE)
    except TimedOutError:
        _explain(cluster.within(_EXPLANATION), items, account)
        raise


def _explain(cluster: Cluster, items: Sequence[tuple[Identity, Object]], account: Account) -> None:
    """Notes why objects are still there."""
    for key, old in items:
        try:
            live = cluster.get(cluster.type_of(old), key.name, key.namespace)
        except ClusterError:
            continue
        why = hindrances(cluster, live) if live is not None else ()
        account.note(key, Status.NOT_READY, "it is still being deleted", why)


def _present(cluster: Cluster, items: Sequence[tuple[Identity, Object]]) -> set[str]:
    """The UIDs of what is still there of the kinds of some objects.

    Names are listed, as a server that is asked for each definition with its schemas is busy with nothing else.
    """
    places = dict.fromkeys((cluster.type_of(live), key.namespace) for key, live in items)
    found = cluster.each(lambda place: cluster.objects_if_served(*place, metadata_only=True), places)
    return {str(metadata(item).get("uid")) for some in found for item in some}
