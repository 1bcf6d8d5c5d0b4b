"""A file to the texts of its documents."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from meshctl.documents.chunk import Chunk

# Found by the line end before it, as regular expressions are fast only at literal beginnings.
_SEPARATOR = re.compile(r"\n---[^\S\n]*(?:#[^\n]*)?(?=\n|\Z)")
_OBJECT = re.compile(r"\s*\{")
_NEXT_OBJECT = re.compile(r"\}\s*\{")


def split(text: str) -> list[Chunk]:
    """The documents of a file, separated by lines of `---` with nothing, blanks or a comment after it.

    This is how Kubernetes splits a stream, whatever the lines belong to: a `---` at the start of a line inside a quoted
    text separates too. Chunks of nothing but white space are dropped; those of comments are kept, `parse` gives None.
    Objects in JSON need no separator.
    """
    chunks: list[Chunk] = []
    start, line = 0, 1
    first = _SEPARATOR.match("\n" + text[: text.find("\n") + 1 or None])
    if first:
        # One less for the line end put before, one more for the one at the end of the separator.
        start, line = first.end(), 2
    for separator in _SEPARATOR.finditer(text, max(start - 1, 0)):
        part = text[start : separator.start() + 1]
        if part and not part.isspace():
            chunks += _chunks(part, line)
        line += part.count("\n") + 1
        start = separator.end() + 1
    part = text[start:]
    if part and not part.isspace():
        chunks += _chunks(part, line)
    return chunks


def _chunks(part: str, line: int) -> Iterator[Chunk]:
    """The part itself, or each of several JSON objects that follow each other."""
    start = 0
    if _NEXT_OBJECT.search(part) and _object_at(part, 0) is not None:
        decoder = json.JSONDecoder()
        try:
            while (begin := _object_at(part, start)) is not None:
                end = decoder.raw_decode(part, begin)[1]
                following = _object_at(part, end)
                if following is None:
                    break
                yield Chunk(part[start:end] + "\n", line)
                line += part.count("\n", start, following)
                start = following
        except (ValueError, RecursionError):
            pass  # what is no JSON goes on to the reader of YAML, which says what is wrong
    yield Chunk(part[start:], line)


def _object_at(part: str, start: int) -> int | None:
    """Where a JSON object begins that has nothing but white space before it; None without one."""
    found = _OBJECT.match(part, start)
    return found.end() - 1 if found else None
