"""The text of a document to its data."""

from __future__ import annotations

from meshctl.documents import fast
from meshctl.documents.chunk import Chunk
from meshctl.documents.parsed import Parsed


def parse(chunk: Chunk) -> Parsed:
    """The data of a document as Kubernetes would read it, with remarks; None for one that is empty.

    Raises DocumentError for what Kubernetes could not read. Only the first document of a chunk counts.
    """
    data = fast.read(chunk)
    if data is not fast.UNSURE:
        return Parsed(data)
    from meshctl.documents import exact  # needs PyYAML, which most runs do not

    return exact.read(chunk)
