"""What became of each object: the account that a run gives at its end, be it good or bad."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from enum import StrEnum

from meshctl.install.identity import Identity


class Status(StrEnum):
    """What became of an object."""

    CREATED = "created"
    CHANGED = "changed"
    KEPT = "unchanged"
    REMOVED = "removed"
    FAILED = "failed"
    NOT_READY = "not ready"
    LEFT_OUT = "left out"
    NOT_REACHED = "not reached"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an object, and why where it is not as wanted."""

    status: Status
    reason: str = ""
    details: tuple[str, ...] = ()


@dataclass(slots=True)
class Account:
    """What became of all objects; several threads write it. `failure` says in a line why the run ended early."""

    outcomes: dict[Identity, Outcome] = field(default_factory=dict)
    failure: str = ""
    notes: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def note(self, key: Identity, status: Status, reason: str = "", details: tuple[str, ...] = ()) -> None:
        """Says what became of an object."""
        with self._lock:
            self.outcomes[key] = Outcome(status, reason, details)

    def of(self, *statuses: Status) -> list[Identity]:
        """The objects of which that became."""
        with self._lock:
            return [key for key, outcome in self.outcomes.items() if outcome.status in statuses]

    @property
    def failed(self) -> bool:
        """Whether something is not as wanted."""
        return bool(self.failure or self.of(Status.FAILED, Status.NOT_READY))


class Progress:
    """Told how a run goes on; this one says nothing. Called by one thread."""

    def waiting(self, names: list[str]) -> None:
        """These objects are not ready yet; called again and again."""

    def done(self, title: str) -> None:
        """A component is in place."""

    def failed(self, title: str, reason: str) -> None:
        """A component is not in place."""

    def said(self, line: str) -> None:
        """Something the user should know now."""
