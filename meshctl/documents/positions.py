"""Where the fields of a document are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from meshctl.documents.chunk import Chunk
from meshctl.documents.errors import DocumentError
from meshctl.documents.exact import is_merge, key_text
from meshctl.documents.nodes import Form, Node, compose
from meshctl.documents.scalars import ScalarError


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of text: 1-based lines and columns (in characters) of the file; `end_column` is the one after it."""

    line: int
    column: int
    end_line: int
    end_column: int


class Positions:
    """The places of keys and values of one document, read from its text when the first one is asked for."""

    def __init__(self, chunk: Chunk) -> None:
        self._chunk = chunk
        self._root: Node | None = None
        self._read = False
        self._tables: dict[int, dict[str, tuple[Node, Node]]] = {}

    def key(self, path: Sequence[str | int]) -> Mark | None:
        """Where the key of a field is written, for a list entry its value; None where nothing is written.

        A key that came by an alias or a merge key is where the anchor's text has it.
        """
        found = self._find(path)
        return self._mark(found[0]) if found else None

    def value(self, path: Sequence[str | int]) -> Mark | None:
        """Where a value is written; an alias counts as the value itself, what is inside it is at its anchor.

        None where nothing is written, as after `key:` alone.
        """
        found = self._find(path)
        return self._mark(found[1]) if found else None

    def value_text(self, path: Sequence[str | int]) -> str:
        """What is written for a value, as it stands in the text; empty where nothing is written."""
        found = self._find(path)
        return self._chunk.text[found[1].start : found[1].end].strip() if found else ""

    def _mark(self, node: Node) -> Mark | None:
        text = self._chunk.text
        end = node.end
        while end > node.start and text[end - 1].isspace():
            end -= 1
        if end <= node.start:
            return None
        return Mark(*self._chunk.place(node.start), *self._chunk.place(end))

    def _find(self, path: Sequence[str | int]) -> tuple[Node, Node] | None:
        if not self._read:
            self._read = True
            try:
                self._root = compose(self._chunk).root
            except DocumentError:
                self._root = None
        if self._root is None:
            return None
        key = value = self._root
        for step in path:
            target = value.items[0] if value.form is Form.ALIAS else value
            if target.form is Form.MAPPING:
                entry = self._table(target).get(str(step))
                if entry is None:
                    return None
                key, value = entry
            elif target.form is Form.LIST and isinstance(step, int) and 0 <= step < len(target.items):
                key = value = target.items[step]
            else:
                return None
        return key, value

    def _table(self, node: Node) -> dict[str, tuple[Node, Node]]:
        table = self._tables.get(id(node))
        if table is None:
            table = self._tables[id(node)] = {}
            entries = iter(node.items)
            for key, value in zip(entries, entries, strict=True):
                if is_merge(key):
                    nodes = value.items if value.form is Form.LIST else [value]
                    for item in reversed(nodes):
                        target = item.items[0] if item.form is Form.ALIAS else item
                        if target.form is Form.MAPPING:
                            table.update(self._table(target))
                    continue
                try:
                    table[key_text(key)] = key, value
                except ScalarError:
                    continue
        return table
