"""A file to the texts of its documents."""

from __future__ import annotations

import re

from meshctl.documents.chunk import Chunk

# Found by the line end before it, as regular expressions are fast only at literal beginnings.
_SEPARATOR = re.compile(r"\n---[^\S\n]*(?:#[^\n]*)?(?=\n|\Z)")


def split(text: str) -> list[Chunk]:
    """The documents of a file, separated by lines of `---` with nothing, blanks or a comment after it.

    This is how Kubernetes splits a stream, whatever the lines belong to: a `---` at the start of a line inside a quoted
    text separates too. Chunks of nothing but white space are dropped; those of comments are kept, `parse` gives None.
    """
    chunks = []
    start, line = 0, 1
    first = _SEPARATOR.match("\n" + text[: text.find("\n") + 1 or None])
    if first:
        # One less for the line end put before, one more for the one at the end of the separator.
        start, line = first.end(), 2
    for separator in _SEPARATOR.finditer(text, max(start - 1, 0)):
        part = text[start : separator.start() + 1]
        if part and not part.isspace():
            chunks.append(Chunk(part, line))
        line += part.count("\n") + 1
        start = separator.end() + 1
    part = text[start:]
    if part and not part.isspace():
        chunks.append(Chunk(part, line))
    return chunks
