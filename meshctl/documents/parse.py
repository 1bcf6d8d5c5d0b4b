"""The text of a document to its data."""

from __future__ import annotations

from meshctl.documents import exact
from meshctl.documents.chunk import Chunk
from meshctl.documents.parsed import Parsed


def parse(chunk: Chunk) -> Parsed:
    """The data of a document as Kubernetes would read it, with remarks; None for one that is empty.

    Raises DocumentError for what Kubernetes could not read. Only the first document of a chunk counts.
    """
    return exact.read(chunk)
