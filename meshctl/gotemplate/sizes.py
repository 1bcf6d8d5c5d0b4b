"""How big values may be.

Lists and maps can hold the same value many times, and a template of one line can double a list a hundred times over.
So whatever walks through a value measures it first: what is shared is measured once, but counts each time.
"""

from __future__ import annotations

from typing import Any

from meshctl.gotemplate.errors import LimitError

MAX_TEXT = 50_000_000
"""How many characters a rendering may write, or a function may give."""

MAX_NODES = 1_000_000
"""How many values a list or map may have, those inside of others included."""

MAX_DEPTH = 200
"""How deep lists and maps may be nested that are to be written."""


def bounded(length: int) -> int:
    """A length that a result may have; raises `LimitError` for one that no rendering may write."""
    if length > MAX_TEXT:
        raise LimitError(f"a function gives more than {MAX_TEXT} characters or elements")
    return length


def measured(value: Any) -> Any:
    """The value, if it is small enough to be walked through; raises `LimitError`."""
    if isinstance(value, list | dict):
        _measure(value, {}, 0)
    return value


def _measure(value: Any, known: dict[int, int], depth: int) -> int:
    if not isinstance(value, list | dict):
        return 1
    found = known.get(id(value))
    if found is None:
        if depth > MAX_DEPTH:
            raise LimitError(f"a value is nested deeper than {MAX_DEPTH}")
        found = 1
        for item in value.values() if isinstance(value, dict) else value:
            if isinstance(item, list | dict):
                found += _measure(item, known, depth + 1)
            else:
                found += 1
        if found > MAX_NODES:
            raise LimitError(f"a value has more than {MAX_NODES} parts")
        known[id(value)] = found
    return found
