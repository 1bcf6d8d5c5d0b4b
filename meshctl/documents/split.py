"""A file to the texts of its documents."""

from __future__ import annotations

import re

from meshctl.documents.chunk import Chunk

_SEPARATOR = re.compile(r"^---[^\S\n]*(?:#[^\n]*)?(?:\n|\Z)", re.MULTILINE)


def split(text: str) -> list[Chunk]:
    """The documents of a file, separated by lines of `---` with nothing, blanks or a comment after it.

    This is how Kubernetes splits a stream, whatever the lines belong to: a `---` at the start of a line inside a quoted
    text separates too. Chunks of nothing but white space are dropped; those of comments are kept, `parse` gives None.
    """
    chunks = []
    start, line = 0, 1
    for separator in _SEPARATOR.finditer(text):
        end = separator.start()
        part = text[start:end]
        if part and not part.isspace():
            chunks.append(Chunk(part, line))
        line += part.count("\n") + 1
        start = separator.end()
    part = text[start:]
    if part and not part.isspace():
        chunks.append(Chunk(part, line))
    return chunks
