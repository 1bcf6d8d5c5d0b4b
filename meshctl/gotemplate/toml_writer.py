"""TOML of values as Helm writes it: plain keys first, then tables, all sorted and moved to the right by their depth."""

from __future__ import annotations

import re
from typing import Any

from meshctl.gotemplate.errors import FunctionError
from meshctl.gotemplate.format_numbers import float_text
from meshctl.gotemplate.sizes import bounded, measured
from meshctl.gotemplate.values import MISSING, type_of

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def toml_text(value: Any) -> str:
    """The TOML of a map; raises `FunctionError` for what TOML cannot say."""
    if not isinstance(value, dict):
        raise FunctionError(f"TOML is made of a map, not of a value of type {type_of(value).name}")
    lines: list[str] = []
    _table(measured(value), (), lines)
    bounded(sum(map(len, lines)))
    return "".join(f"{line}\n" for line in lines)


def _table(table: dict[str, Any], path: tuple[str, ...], lines: list[str]) -> None:
    pad = "  " * max(len(path) - 1, 0) + ("  " if path else "")
    entries = [(key, table[key]) for key in sorted(table) if table[key] is not None]
    for key, value in entries:
        if not _is_table(value) and not _is_tables(value):
            lines.append(f"{pad}{_key(key)} = {_value(value)}")
    for key, value in entries:
        if _is_table(value) or _is_tables(value):
            inner = (*path, key)
            name = ".".join(map(_key, inner))
            for item in value if isinstance(value, list) else [value]:
                if len(inner) == 1 and lines:
                    lines.append("")
                brackets = ("[[", "]]") if isinstance(value, list) else ("[", "]")
                lines.append("  " * (len(inner) - 1) + brackets[0] + name + brackets[1])
                _table(item, inner, lines)


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _string(key)


def _string(text: str) -> str:
    def escaped(char: str) -> str:
        return _ESCAPES.get(char) or (f"\\u{ord(char):04x}" if char < " " or char == "\x7f" else char)

    return '"' + "".join(map(escaped, text)) + '"'


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        text = float_text(value, "f" if 1e-4 <= abs(value) < 1e6 or not value else "e", None)
        return text if "." in text or "e" in text else f"{text}.0"
    if isinstance(value, list):
        if any(item is None or item is MISSING for item in value):
            raise FunctionError("a list of TOML has no nil")
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)} = {_value(value[key])}" for key in sorted(value)) + "}"
    raise FunctionError(f"a value of type {type_of(value).name} has no TOML")
