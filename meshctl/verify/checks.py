"""Checks of an installation: what was looked at, and how it was found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from meshctl.errors import FINDING, UNREADABLE


class Status(Enum):
    """How something was found."""

    OK = "ok"
    OFF = "off"
    UNKNOWN = "unknown"
    """It could not be checked."""

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its topic (`object`, `webhook`...), what was looked at, and what was found."""

    topic: str
    subject: str
    status: Status
    detail: str = ""
    hint: str = ""


def good(topic: str, subject: str, detail: str = "") -> Check:
    """Something is as it should be."""
    return Check(topic, subject, Status.OK, detail)


def off(topic: str, subject: str, detail: str, hint: str = "") -> Check:
    """Something is not as it should be."""
    return Check(topic, subject, Status.OFF, detail, hint)


def unknown(topic: str, subject: str, detail: str, hint: str = "") -> Check:
    """Something could not be checked, for this reason."""
    return Check(topic, subject, Status.UNKNOWN, detail, hint)


def exit_code(checks: Iterable[Check]) -> int:
    """79 when anything is off, else 65 when anything could not be checked, else 0."""
    found = {check.status for check in checks}
    if Status.OFF in found:
        return FINDING
    return UNREADABLE if Status.UNKNOWN in found else 0
