"""Every failure that meshctl reports on purpose.

A `MeshctlError` reaches the user as one line and a hint, and ends the process with the exit code of its class;
anything else that escapes is a defect. `cli/app.py` is the only place that prints and exits.
"""

from __future__ import annotations

FINDING = 79
"""Exit code: a finding or difference at or above the threshold; wins over `UNREADABLE`."""

UNREADABLE = 65
"""Exit code: something could not be read or parsed, or nothing usable was found."""

USAGE = 64
"""Exit code: wrong usage."""

FAILURE = 1
"""Exit code: any other failure."""


class MeshctlError(Exception):
    """A failure with a message for the user, what to do about it, and an exit code."""

    exit_code = FAILURE

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(MeshctlError):
    """The command was called in a way that it does not understand."""

    exit_code = USAGE


class UnreadableError(MeshctlError):
    """Input that does not exist, cannot be opened, or cannot be understood."""

    exit_code = UNREADABLE
