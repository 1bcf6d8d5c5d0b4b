"""The nodes of one document with their places in the text, made from the events of libyaml.

PyYAML's own composer is not used: it recurses in C and ends the process at some 50,000 nested brackets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from meshctl.documents.chunk import Chunk
from meshctl.documents.errors import MAX_ALIASED, MAX_DEPTH, DocumentError
from meshctl.documents.syntax import syntax_error

# What YAML 1.1 does not call printable; a NUL would end the text silently in some readers. Two patterns, as `re` needs
# milliseconds to compile a class that has characters on both sides of U+0100.
_FORBIDDEN = (
    re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]"),
    re.compile("[\ud800-\udfff\ufffe\uffff]"),
)

_SURROGATE = re.compile(r"(?<!\\)((?:\\\\)*)\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


class Form(Enum):
    """What a node is."""

    SCALAR = "scalar"
    LIST = "list"
    MAPPING = "mapping"
    ALIAS = "alias"


@dataclass(slots=True, eq=False)
class Node:
    """A value as it is written; `start` and `end` are offsets in the chunk's text.

    `items` are the entries of a list, or keys and values in turn, or the one node that an alias stands for.
    """

    form: Form
    start: int
    end: int
    text: str = ""
    tag: str | None = None
    plain: bool = False
    items: list[Node] = field(default_factory=list)
    height: int = 1
    size: int = 1


@dataclass(slots=True)
class Document:
    """The first document of a chunk; `end` is the offset where it ends, text after it belongs to no document."""

    root: Node | None
    end: int


def compose(chunk: Chunk) -> Document:
    """The nodes of the first document of a chunk. Raises DocumentError for anything that libyaml refuses, for nesting
    deeper than MAX_DEPTH and for aliases that stand for more than MAX_ALIASED values."""
    forbidden = [found.start() for pattern in _FORBIDDEN if (found := pattern.search(chunk.text))]
    if forbidden:
        raise _forbidden(chunk, min(forbidden))
    from yaml import MarkedYAMLError
    from yaml._yaml import CParser

    text = chunk.text
    if text[:1] in "{[":
        # JSON writes characters beyond U+FFFF as two escapes, which libyaml refuses. Their value comes from elsewhere.
        text = _SURROGATE.sub(r"\1\\ufffd", text)
    try:
        return _compose(chunk, CParser(text))
    except MarkedYAMLError as error:
        raise syntax_error(chunk, error) from None


def _compose(chunk: Chunk, parser: Any) -> Document:
    import yaml  # needs a hundredth of a second, and most runs never come here

    root = None
    open_nodes: list[Node] = []
    anchors: dict[str, Node] = {}
    aliased = 0
    end = 0
    while True:
        event: Any = parser.get_event()
        form = type(event)
        if form is yaml.ScalarEvent:
            start, stop = event.start_mark.index, event.end_mark.index
            node = Node(Form.SCALAR, start, stop, event.value, event.tag, event.implicit[0])
            if event.anchor:
                anchors[event.anchor] = node
        elif form is yaml.MappingStartEvent or form is yaml.SequenceStartEvent:
            kind = Form.MAPPING if form is yaml.MappingStartEvent else Form.LIST
            node = Node(kind, event.start_mark.index, event.end_mark.index)
            if event.anchor:
                anchors[event.anchor] = node
            node.size = 0  # still open: an alias to it would contain itself
            open_nodes.append(node)
            if len(open_nodes) > MAX_DEPTH:
                raise chunk.error(f"nested deeper than {MAX_DEPTH} levels", node.start)
            continue
        elif form is yaml.MappingEndEvent or form is yaml.SequenceEndEvent:
            node = open_nodes.pop()
            # The end event of block style stands before the next token, far below the last entry.
            implied = event.start_mark.index == event.end_mark.index
            node.end = node.items[-1].end if implied and node.items else event.end_mark.index
            node.height = 1 + max((item.height for item in node.items), default=0)
            node.size = 1 + sum(item.size for item in node.items)
        elif form is yaml.AliasEvent:
            node = _alias(chunk, event, anchors)
            aliased += node.size
            if aliased > MAX_ALIASED:
                raise chunk.error(f"the aliases stand for more than {MAX_ALIASED:,} values", node.start)
            if len(open_nodes) + node.height > MAX_DEPTH:
                raise chunk.error(f"nested deeper than {MAX_DEPTH} levels", node.start)
        elif form is yaml.DocumentEndEvent:
            return Document(root, max(end, event.start_mark.index))
        elif event is None or form is yaml.StreamEndEvent:
            return Document(root, len(chunk.text))
        else:
            continue
        end = node.end
        if open_nodes:
            open_nodes[-1].items.append(node)
        else:
            root = node


def _alias(chunk: Chunk, event: Any, anchors: dict[str, Node]) -> Node:
    name, index = event.anchor, event.start_mark.index
    target = anchors.get(name)
    if target is None:
        hint = "define it above with &, or quote the text when no alias is meant"
        raise chunk.error(f"the alias *{name} has no anchor", index, hint)
    if not target.size:
        raise chunk.error(f"the alias *{name} contains itself", index)
    node = Node(Form.ALIAS, index, event.end_mark.index, name, items=[target])
    node.height, node.size = target.height, target.size
    return node


def _forbidden(chunk: Chunk, index: int) -> DocumentError:
    code = ord(chunk.text[index])
    hint = "in a quoted text, write it as an escape such as \\u001b inside double quotes"
    return chunk.error(f"the control character U+{code:04X} is not allowed", index, hint)
