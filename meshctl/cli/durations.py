"""Durations as Go programs take them on their command lines."""

from __future__ import annotations

from meshctl.cel.functions import duration
from meshctl.errors import UsageError


def check_duration(text: str, flag: str) -> float:
    """The seconds of a duration such as `1m30s`; raises `UsageError` for another text."""
    try:
        return duration(text) / 1e9
    except ValueError:
        raise UsageError(f"{flag} cannot be {text!r}", hint="write a number with a unit, as 30s or 1m30s") from None
