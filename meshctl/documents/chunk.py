"""The text of one document, and places in it."""

from __future__ import annotations

from dataclasses import dataclass

from meshctl.documents.errors import DocumentError


@dataclass(frozen=True, slots=True)
class Chunk:
    """The text of one YAML or JSON document without its separator line; `line` is its first line, 1-based."""

    text: str
    line: int

    def place(self, index: int) -> tuple[int, int]:
        """Line and column, 1-based and in the file, of a character of the text.

        Only `\\n` ends a line, as in editors and in Kubernetes' reader; libyaml's marks also count U+2028 and others.
        """
        return self.line + self.text.count("\n", 0, index), index - self.text.rfind("\n", 0, index)

    def error(self, message: str, index: int, hint: str = "") -> DocumentError:
        """An error at a character of the text."""
        return DocumentError(message, *self.place(index), hint=hint)
