"""YAML in block style, one line per value: many times as fast as a general writer, for large generated documents."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*\Z")
_ESCAPED = re.compile("[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")
"""What JSON leaves as it is, and YAML does not allow or takes for the end of a line."""

_RESERVED = frozenset("null true false yes no on off y n".split())
"""Words that YAML 1.1 reads as something else than text, in small letters."""


def write_block(data: Mapping[str, Any] | Sequence[Any], indent: int = 0) -> str:
    """YAML of a map or list of JSON-like data, every line indented by that many spaces; keys are at most 1000 long."""
    return "".join(line for line in _lines(data, " " * indent, ""))


def scalar(value: Any) -> str:
    """YAML of one value on one line: a string is in quotes unless no reader can take it for anything else."""
    if isinstance(value, str):
        if _PLAIN.match(value) and value.lower() not in _RESERVED:
            return value
        return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
    text = json.dumps(value)
    if isinstance(value, float) and "e" in text and "." not in text:
        return text.replace("e", ".0e")  # readers of YAML 1.1 take a number without a point for text
    return text


def _lines(data: Any, margin: str, first: str) -> Iterator[str]:
    """The lines of a map or list; `first` stands in place of the margin of the first one, after the dash of a list."""
    lead = first or margin
    if isinstance(data, Mapping):
        for key, value in data.items():
            if isinstance(value, (Mapping, list, tuple)) and value:
                yield f"{lead}{scalar(key)}:\n"
                yield from _lines(value, margin + ("" if isinstance(value, (list, tuple)) else "  "), "")
            else:
                yield f"{lead}{scalar(key)}: {scalar(value)}\n"
            lead = margin
    else:
        for item in data:
            if isinstance(item, (Mapping, list, tuple)) and item:
                yield from _lines(item, margin + "  ", f"{lead}- ")
            else:
                yield f"{lead}- {scalar(item)}\n"
            lead = margin
