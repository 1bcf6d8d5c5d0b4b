"""Data to text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from meshctl.documents.shared import SHARED

_PLAIN = re.compile(r"(?:[A-Za-z_/$]|--?[A-Za-z])[A-Za-z0-9_./$()@+=,\-]*(?:(?::| )[A-Za-z0-9_./$()@+=,\-]+)*")
"""Texts that mean themselves in every version of YAML, unless they are one of the words below."""

_WORDS = frozenset("y n yes no on off true false null".split())
# By what is not in it: `re` compiles a class of much beyond ASCII ten times as fast then.
_PRINTABLE = re.compile("[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff\U00010000-\U0010ffff]*")
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
_KNOWN_LIMIT = 10_000

_known: dict[str, str] = {}


def write_yaml(data: Any) -> str:
    """YAML of JSON-like data in block style, keys in their order; any YAML reader, of 1.1 or 1.2, reads it the same."""
    pieces: list[str] = []
    if isinstance(data, dict | list) and data:
        _write(data, "", pieces.append)
    else:
        pieces.append(_scalar(data, "") + "\n")
    return "".join(pieces)


def _write(data: Any, indent: str, write: Callable[[str], None]) -> None:
    """A mapping or a list that is not empty; its first line is indented by whoever calls."""
    if data.__class__ in SHARED:
        text = data.made.get((write_yaml, indent))
        if text is None:
            pieces: list[str] = []
            _write_lines(data, indent, pieces.append)
            text = data.made[write_yaml, indent] = "".join(pieces)
        write(text)
    else:
        _write_lines(data, indent, write)


def _write_lines(data: Any, indent: str, write: Callable[[str], None]) -> None:
    inner = indent + "  "
    first = True
    if isinstance(data, dict):
        for key, value in data.items():
            if not first:
                write(indent)
            first = False
            write(_key(key))
            if value.__class__ is str:
                text = _known.get(value)
                write(f": {text if text is not None else _text(value, indent)}\n")
            elif isinstance(value, dict) and value:
                write(f":\n{inner}")
                _write(value, inner, write)
            elif isinstance(value, list) and value:
                # The dash counts as indentation: a list may begin in the column of its key.
                write(f":\n{indent}")
                _write(value, indent, write)
            else:
                write(f": {_scalar(value, indent)}\n")
        return
    for value in data:
        if not first:
            write(indent)
        first = False
        write("- ")
        if isinstance(value, dict | list) and value:
            _write(value, inner, write)
        else:
            write(_scalar(value, indent) + "\n")


def _key(key: Any) -> str:
    text = _known.get(key) if key.__class__ is str else None
    if text is not None:
        return text
    return _text(str(key), None)


def _scalar(value: Any, indent: str) -> str:
    if isinstance(value, str):
        return _text(value, indent)
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float(value)
    return "{}" if isinstance(value, dict) else "[]" if isinstance(value, list) else json.dumps(str(value))


def _float(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return ".nan" if value != value else ".inf" if value > 0 else "-.inf"
    text = repr(value)
    # YAML 1.1 knows an exponent only behind a point.
    mantissa, sign, exponent = text.partition("e")
    return f"{mantissa}.0e{exponent}" if sign and "." not in mantissa else text


def _text(text: str, indent: str | None) -> str:
    """A text as a scalar; `indent` is that of its key, None where a text must stay on its line."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        written = text
    elif "\n" in text and indent is not None and (block := _block(text, indent)):
        return block
    elif _PRINTABLE.fullmatch(text):
        written = "'" + text.replace("'", "''") + "'"
    else:
        written = _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))
    # How a text of several lines is written depends on where it stands, which is not to be remembered.
    if len(_known) < _KNOWN_LIMIT and len(text) < 200 and "\n" not in text:
        _known[text] = written
    return written


def _block(text: str, indent: str) -> str:
    """A text of several lines as a literal block; nothing where a block cannot say it."""
    lines = text.split("\n")
    if not lines[0].strip() or lines[0][0] == " " or not all(_PRINTABLE.fullmatch(line) for line in lines):
        return ""
    body = text.rstrip("\n")
    trailing = len(text) - len(body)
    sign = "-" if trailing == 0 else "" if trailing == 1 else "+"
    inner = f"\n{indent}  "
    shown = "".join(f"{inner}{line}" if line else "\n" for line in body.split("\n"))
    return f"|{sign}{shown}" + "\n" * max(0, trailing - 1)


def write_yaml_all(documents: Iterable[Any]) -> str:
    """YAML of several documents, separated by `---`."""
    return "---\n".join(write_yaml(document) for document in documents)


def write_json(data: Any, indent: int | str | None = None) -> str:
    """JSON of JSON-like data, keys in their order."""
    return json.dumps(data, indent=indent, ensure_ascii=False)
