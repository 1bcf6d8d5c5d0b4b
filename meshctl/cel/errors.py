"""What can be wrong with an expression."""

from __future__ import annotations


class CelError(Exception):
    """An evaluation has no result: a missing key, an operator that its operands do not have, a bad argument."""


class CelSyntaxError(Exception):
    """A text is no expression; `column` counts from 1."""

    def __init__(self, problem: str, column: int) -> None:
        super().__init__(f"{problem} at column {column}")
        self.problem = problem
        self.column = column
