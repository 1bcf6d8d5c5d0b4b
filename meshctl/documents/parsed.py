"""What a document says, and what is remarkable about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]
"""Keys and list positions from the root of a document to a value."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something in a document that Kubernetes' reader passes over, though the author hardly meant it.

    `repeated-key`: the mapping at `path` has `key` again at `line` and `column`; the last one counts; the first one is
    in `first_line`. `ignored-text`: the text from `line` and `column` belongs to no document that is read.
    `separator-text`: the document was read, but kubectl refuses the file for the text after `---` there.
    """

    kind: str
    path: Path
    key: str
    line: int
    column: int
    first_line: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """The data of a document (dict, list, str, int, float, bool, None), and remarks in the order of the text."""

    data: Any
    remarks: tuple[Remark, ...] = ()
