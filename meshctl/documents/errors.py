"""The one failure of this package, and the limits that hostile input runs into."""

from __future__ import annotations

from meshctl.errors import UnreadableError

MAX_BYTES = 100_000_000
"""Largest file that callers should read; the readers themselves work on text of any length."""

MAX_DEPTH = 200
"""Deepest nesting of lists and mappings, aliases followed. Kubernetes allows 10,000, real manifests stay below 60;
with this limit every part of meshctl may walk a document recursively."""

MAX_ALIASED = 250_000
"""Most values that the aliases of one document may stand for together (an alias bomb stands for billions)."""


class DocumentError(UnreadableError):
    """A document that cannot be read; `line` and `column` are 1-based and count in the file."""

    def __init__(self, message: str, line: int, column: int, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.line = line
        self.column = column
