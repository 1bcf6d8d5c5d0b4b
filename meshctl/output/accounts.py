"""Uninstallations, and accounts of what was done, as text, and as data for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from meshctl.install.identity import Identity
from meshctl.install.outcome import Account, Status
from meshctl.install.uninstalling import Removal
from meshctl.output.terminal import Paint


def account_lines(account: Account, paint: Paint, *, again: str, removal: bool = False) -> Iterator[str]:
    """What became of everything, for a run that did not end well; `again` is how to go on."""
    done, late = ("removed", "not gone") if removal else ("in place", "not ready")
    yield f"{paint('✘', 'red')} {account.failure or 'not everything is as wanted'}"
    yield f"{done}: {_count(account.of(Status.CREATED, Status.CHANGED, Status.KEPT, Status.REMOVED))}"
    for title, status in (("failed", Status.FAILED), (late, Status.NOT_READY)):
        for key in account.of(status):
            outcome = account.outcomes[key]
            yield f"{paint(title, 'red')}: {key}" + (f": {outcome.reason}" if outcome.reason else "")
            yield from (f"    {line}" for line in outcome.details)
    left = account.of(Status.NOT_REACHED)
    if left:
        yield f"not begun: {_count(left)}"
        yield from (f"    {key}" for key in left)
    yield again


def _count(keys: Sequence[Identity]) -> str:
    return f"{len(keys)} object{'' if len(keys) == 1 else 's'}"


def removal_data(removal: Removal, status: str, account: Account | None = None) -> dict[str, Any]:
    """An uninstallation, and what became of it, for programs."""
    outcomes = account.outcomes if account else {}
    objects = []
    for key, item in (*removal.objects, *removal.made_by_istiod):
        found = {"apiVersion": item.get("apiVersion"), "kind": key.kind}
        found |= {"namespace": key.namespace} if key.namespace else {}
        found["name"] = key.name
        if key in outcomes:
            found["status"] = str(outcomes[key].status)
            found |= {"reason": outcomes[key].reason} if outcomes[key].reason else {}
        objects.append(found)
    return {
        "status": status,
        "objects": objects,
        "kept": list(removal.kept),
        "warnings": list(removal.warnings),
        **({"failure": account.failure} if account and account.failure else {}),
    }
