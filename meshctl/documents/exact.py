"""The exact reader: YAML as sigs.k8s.io/yaml over go-yaml version 2 takes it."""

from __future__ import annotations

import math
import re
from typing import Any

from meshctl.documents import json_text, scalars
from meshctl.documents.chunk import Chunk
from meshctl.documents.nodes import Form, Node, compose
from meshctl.documents.parsed import Parsed, Path, Remark
from meshctl.documents.scalars import ScalarError
from meshctl.documents.syntax import TEMPLATE_HINT, is_template

_NOTHING = re.compile(r"(?:\s+|#[^\n]*|\.\.\.(?=\s|\Z))*")
_SEPARATOR_LIKE = re.compile(r"^---[^\S\n]*(?![#\s])(.)", re.MULTILINE)
MERGE = "<<"
_MERGE_TAG = "tag:yaml.org,2002:merge"


def read(chunk: Chunk) -> Parsed:
    """The data of the first document of a chunk, with remarks. Raises DocumentError."""
    document = compose(chunk)
    reader = _Reader(chunk)
    data = reader.value(document.root, ()) if document.root else None
    if chunk.text[:1] in "{[" and (json := json_text.read(chunk.text)):
        data = json.data
    remarks = reader.remarks
    rest = _NOTHING.match(chunk.text, document.end)
    ignored = rest.end() if rest else document.end
    for separator in _SEPARATOR_LIKE.finditer(chunk.text, 0, ignored):
        remarks.append(_remark(chunk, "separator-text", separator.start(1)))
    if ignored < len(chunk.text):
        remarks.append(_remark(chunk, "ignored-text", ignored))
    return Parsed(data, tuple(remarks))


def _remark(chunk: Chunk, kind: str, index: int) -> Remark:
    line, column = chunk.place(index)
    return Remark(kind, (), "", line, column, line)


def is_merge(key: Node) -> bool:
    """Whether a key is the merge key: `<<` that is plain, or tagged as such."""
    return key.form is Form.SCALAR and key.text == MERGE and (key.plain or key.tag == _MERGE_TAG)


def scalar(node: Node) -> scalars.Scalar:
    """The value of a scalar node. Raises ScalarError when its tag does not fit."""
    if node.plain and not node.tag:
        return scalars.plain(node.text)
    return scalars.tagged(node.tag, node.text) if node.tag else node.text


def key_text(node: Node) -> str:
    """The text of a key node, in whatever form it is written. Raises ScalarError for keys that JSON cannot have."""
    target = node.items[0] if node.form is Form.ALIAS else node
    if target.form is not Form.SCALAR:
        raise ScalarError("a list or a mapping cannot be a key")
    return scalars.key(scalar(target))


class _Reader:
    def __init__(self, chunk: Chunk) -> None:
        self.chunk = chunk
        self.remarks: list[Remark] = []

    def value(self, node: Node, path: Path) -> Any:
        if node.form is Form.ALIAS:
            return self.value(node.items[0], path)
        if node.form is Form.MAPPING:
            return self.mapping(node, path)
        if node.form is Form.LIST:
            return [self.value(item, (*path, index)) for index, item in enumerate(node.items)]
        try:
            value = scalar(node)
            if type(value) is float and not math.isfinite(value):
                raise ScalarError(f"{node.text} is not a number that Kubernetes can store")
        except ScalarError as error:
            raise self.chunk.error(str(error), node.start) from None
        return value

    def mapping(self, node: Node, path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        written: dict[str, Node] = {}
        entries = iter(node.items)
        for key, value in zip(entries, entries, strict=True):
            if is_merge(key):
                for source in self.merged(value):
                    for name, item in self.mapping(source, path).items():
                        if name in written:
                            self.repeated(path, name, key, written[name])
                        data[name] = item
                continue
            name = self.key(key)
            if name in written:
                self.repeated(path, name, key, written[name])
            written[name] = key
            data[name] = self.value(value, (*path, name))
        return data

    def merged(self, value: Node) -> list[Node]:
        """The mappings of a merge key, the one that wins last."""
        nodes = value.items if value.form is Form.LIST else [value]
        targets = [node.items[0] if node.form is Form.ALIAS else node for node in nodes]
        for node, target in zip(nodes, targets, strict=True):
            if target.form is not Form.MAPPING:
                raise self.chunk.error("the merge key << needs a mapping, or a list of mappings", node.start)
        return targets[::-1]

    def key(self, node: Node) -> str:
        try:
            return key_text(node)
        except ScalarError as error:
            hint = TEMPLATE_HINT if is_template(self.chunk.text, node.start) else ""
            raise self.chunk.error(str(error), node.start, hint) from None

    def repeated(self, path: Path, name: str, key: Node, first: Node) -> None:
        line, column = self.chunk.place(key.start)
        self.remarks.append(Remark("repeated-key", path, name, line, column, self.chunk.place(first.start)[0]))
