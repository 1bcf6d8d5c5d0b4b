"""Durations as Go programs take them on their command lines."""

from __future__ import annotations

from meshctl.durations import nanoseconds
from meshctl.errors import UsageError


def check_duration(text: str, flag: str) -> float:
    """The seconds of a duration such as `1m30s`; raises `UsageError` for another text."""
    found = nanoseconds(text)
    if found is None:
        raise UsageError(f"{flag} cannot be {text!r}", hint="write a number with a unit, as 30s or 1m30s")
    return found / 1e9
