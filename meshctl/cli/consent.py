"""Asks a person before something is changed."""

from __future__ import annotations

import sys

_YES = {"y", "yes"}
_NO = {"", "n", "no"}


def agreed(question: str) -> bool:
    """Whether the user says yes; the end of the input counts as no, and anything unclear is asked again.

    The question ends with the possible answers. It goes to the standard error, as the standard output may be a file.
    """
    while True:
        print(f"{question} ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        answer = line.strip().lower()
        if answer in _YES:
            return True
        if answer in _NO or not line:
            if not line:
                print(file=sys.stderr)
            return False
