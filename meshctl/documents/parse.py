"""The text of a document to its data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from meshctl.documents import fast
from meshctl.documents.chunk import Chunk
from meshctl.documents.errors import DocumentError
from meshctl.documents.parsed import Parsed


def parse_all(chunks: Sequence[Chunk]) -> Iterator[Parsed | DocumentError]:
    """For each document of a file what `parse` gives, or the error that it raises."""
    known = fast.read_all(chunks)
    if known is not None:
        yield from map(Parsed, known)
        return
    for chunk in chunks:
        try:
            yield parse(chunk)
        except DocumentError as error:
            yield error


def parse(chunk: Chunk) -> Parsed:
    """The data of a document as Kubernetes would read it, with remarks; None for one that is empty.

    Raises DocumentError for what Kubernetes could not read. Only the first document of a chunk counts.
    """
    data = fast.read(chunk)
    if data is not fast.UNSURE:
        return Parsed(data)
    from meshctl.documents import exact  # needs PyYAML, which most runs do not

    return exact.read(chunk)
