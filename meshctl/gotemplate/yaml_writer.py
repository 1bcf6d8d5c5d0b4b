"""YAML of values as the YAML library of Kubernetes and Helm writes it.

Values go through JSON first, so maps have string keys, structs their JSON names and numbers no types. The keys of a map
come in natural order; long texts are folded at spaces beyond column 80.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cmp_to_key, lru_cache
from typing import Any

from meshctl.gotemplate.errors import FunctionError
from meshctl.gotemplate.format_numbers import float_text
from meshctl.gotemplate.json_writer import json_data, json_float
from meshctl.gotemplate.sizes import bounded
from meshctl.gotemplate.yaml_scalars import is_plain

WIDTH = 80
_LONGEST_KEY = 128
_SIMPLE = re.compile(r"[A-Za-z_/][A-Za-z0-9_/.\-]*")
_UNPRINTABLE = re.compile("[^\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
_BREAK = re.compile("[\r\n\x85\u2028\u2029]")
_ESCAPES = {
    "\0": "0",
    "\a": "a",
    "\b": "b",
    "\t": "t",
    "\n": "n",
    "\v": "v",
    "\f": "f",
    "\r": "r",
    "\x1b": "e",
    '"': '"',
    "\\": "\\",
    "\x85": "N",
    "\xa0": "_",
    "\u2028": "L",
    "\u2029": "P",
}
_ESCAPED = re.compile('[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]|["\\\\]')


def yaml_text(value: Any, *, pretty: bool = False) -> str:
    """The YAML of a value, with a line break at its end; raises `FunctionError` for what YAML cannot say.

    A pretty one has lists moved to the right of their keys, and long lines whole.
    """
    writer = _Writer(pretty)
    data = json_data(value, folded)
    if isinstance(data, Mapping) and data:
        writer.mapping(data, 0)
    elif isinstance(data, list) and data:
        writer.sequence(data, 0)
    else:
        writer.scalar(data, 2, -1)
    bounded(sum(map(len, writer.pieces)))
    return "".join(writer.pieces).removeprefix("\n").removeprefix(" ") + "\n"


_UNREADABLE = re.compile("[\x7f\x80-\x84\x86-\x9f\ufffe\uffff]")
_NEXT_LINE = re.compile("[ \t]*\x85[ \t]*")


def folded(text: str) -> str:
    """A text after its way through JSON, which the library reads as YAML: there, it may lack some characters."""
    if _UNREADABLE.search(text):
        raise FunctionError("a text has characters that YAML does not have")
    return _NEXT_LINE.sub(" ", text) if "\x85" in text else text


class _Writer:
    """Writes nodes; each begins after a key or a dash, and nothing has been written after it yet."""

    def __init__(self, pretty: bool) -> None:
        self.pieces: list[str] = []
        self.list_indent = 2 if pretty else 0
        self.start = -(1 << 40) if pretty else 0
        """Where columns count from: texts are folded by them, so those of a pretty document never get far enough."""

    def node(self, value: Any, indent: int, column: int, *, in_map: bool) -> None:
        """A value of a map (on lines of its own) or of a list (on the line of the dash)."""
        if isinstance(value, dict) and value:
            self.mapping(value, indent + 2, inline=not in_map)
        elif isinstance(value, list) and value:
            self.sequence(value, indent + self.list_indent if in_map else indent + 2, inline=not in_map)
        else:
            self.scalar(value, indent + 2, column)

    def mapping(self, map_: Mapping[str, Any], indent: int, *, inline: bool = False) -> None:
        """A map in block style; an inline one starts on the line of a dash or question mark."""
        for key in natural_order(map_):
            text = scalar_text(key, indent, indent, is_key=True)
            start = " " if inline else "\n" + " " * indent
            inline = False
            value = map_[key]
            if text is None:
                self._complex(key, value, start, indent)
                continue
            self.pieces += (start, text, ":")
            self.node(value, indent, indent + len(text) + 1, in_map=True)

    def _complex(self, key: str, value: Any, start: str, indent: int) -> None:
        """A key that is too long for its line, or has several of them."""
        self.pieces += (start, "?")
        self.scalar(key, indent + 2, indent + 1)
        self.pieces.append("\n" + " " * indent + ":")
        self.node(value, indent, indent + 1, in_map=False)

    def sequence(self, items: list[Any], indent: int, *, inline: bool = False) -> None:
        """A list in block style."""
        for item in items:
            self.pieces += (" " if inline else "\n" + " " * indent, "-")
            inline = False
            self.node(item, indent, indent + 1, in_map=False)

    def scalar(self, value: Any, indent: int, column: int) -> None:
        """A scalar, or an empty map or list."""
        if isinstance(value, str):
            text = scalar_text(value, indent, self.start + column + 1, is_key=False)
            assert text is not None, "only keys can be too long"
            self.pieces += (" ", text)
        elif isinstance(value, dict):
            self.pieces.append(" {}")
        elif isinstance(value, list):
            self.pieces.append(" []")
        else:
            self.pieces += (" ", _word(value))


def _word(value: Any) -> str:
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    digits = json_float(value)
    if digits.lstrip("-").isdigit() and -(1 << 63) <= int(digits) < 1 << 64:
        return str(int(digits))
    return float_text(float(digits), "g", None)


def natural_order(map_: Mapping[str, Any]) -> list[str]:
    """The keys as the library sorts them: letters after all else, numbers in a name by their value."""
    if len(map_) < 2:
        return list(map_)
    if all(key.isalpha() and key.isascii() for key in map_):
        return sorted(map_)
    return sorted(map_, key=cmp_to_key(_compare))


def _compare(first: str, second: str) -> int:
    for at, (a, b) in enumerate(zip(first, second, strict=False)):
        if a == b:
            continue
        letters = a.isalpha(), b.isalpha()
        if all(letters):
            return -1 if a < b else 1
        if any(letters):
            return -1 if letters[1] else 1
        # Zeros in the middle of a number are not its start.
        lead = 0
        if "0" in (a, b):
            before = re.search(r"[0-9]*\Z", first[:at])
            lead = 1 if before and before.group().strip("0") else 0
        run, other = _digits(first, at), _digits(second, at)
        value, other_value = _wrapped(int(f"{lead}{run}")), _wrapped(int(f"{lead}{other}"))
        if value != other_value:
            return -1 if value < other_value else 1
        if len(run) != len(other):
            return -1 if len(run) < len(other) else 1
        return -1 if a < b else 1
    return len(first) - len(second)


def _wrapped(number: int) -> int:
    """A number as 64 bits hold it."""
    return (number + (1 << 63)) % (1 << 64) - (1 << 63)


def _digits(text: str, at: int) -> str:
    end = at
    while end < len(text) and text[end] in "0123456789":
        end += 1
    return text[at:end]


@lru_cache(maxsize=4096)
def scalar_text(text: str, indent: int, column: int, *, is_key: bool) -> str | None:
    """A string in the style that suits it, from a column on; None for a key that cannot stand before a colon."""
    if len(text) < WIDTH - 20 and _SIMPLE.fullmatch(text) and is_plain(text):
        return text
    multiline = bool(_BREAK.search(text))
    if is_key and (multiline or len(text.encode("utf-8", "replace")) > _LONGEST_KEY):
        return None
    plain, single, block = _allowed(text, multiline)
    if "\n" in text:
        return _literal(text, indent) if block and not is_key else _double(text, indent, column, is_key)
    if not text or not is_plain(text):
        return _double(text, indent, column, is_key)
    if plain:
        return text if is_key else _folded(text, indent, column)
    if single:
        quoted = text.replace("'", "''")
        return f"'{quoted}'" if is_key else _folded_single(quoted, indent, column)
    return _double(text, indent, column, is_key)


def _allowed(text: str, multiline: bool) -> tuple[bool, bool, bool]:
    """Whether a text may be written plain, in single quotes, and as a block."""
    indicator = text[:1] in tuple("#,[]{}&*!|>'\"%@`") or text.startswith(("---", "..."))
    indicator = indicator or bool(re.match(r"[?:-](?:[ \r\n\x85\u2028\u2029]|\Z)", text))
    indicator = indicator or bool(re.search(r":(?:[ \r\n\x85\u2028\u2029]|\Z)|[ \r\n\x85\u2028\u2029]#", text[1:]))
    indicator = indicator or bool(re.match(r"[ \r\n]#", text))
    special = bool(_UNPRINTABLE.search(text)) or bool(re.search(" [\r\n\x85\u2028\u2029]", text))
    ends = text[:1] == " " or text[-1:] == " " or multiline
    break_space = bool(re.search("[\r\n\x85\u2028\u2029] ", text))
    return (
        not (indicator or special or ends),
        not (special or break_space),
        not (special or text[-1:] == " "),
    )


def _folded(text: str, indent: int, column: int) -> str:
    """A plain text, broken at single spaces beyond the width."""
    if column + len(text) <= WIDTH:
        return text
    return _broken(text, indent, column, 0)


def _folded_single(quoted: str, indent: int, column: int) -> str:
    if column + len(quoted) + 2 <= WIDTH:
        return f"'{quoted}'"
    return "'" + _broken(quoted, indent, column + 1, 1) + "'"


def _broken(text: str, indent: int, column: int, margin: int) -> str:
    pieces: list[str] = []
    begin = 0
    for found in re.finditer(" +", text):
        at = found.start()
        if found.end() - at > 1 or column + at - begin <= WIDTH:
            continue
        if margin and (at == 0 or at == len(text) - 1):
            continue
        pieces.append(text[begin:at])
        begin, column = at + 1, indent
    pieces.append(text[begin:])
    return ("\n" + " " * indent).join(pieces)


def _double(text: str, indent: int, column: int, is_key: bool) -> str:
    pieces = ['"']
    column += 1
    spaces = False
    at = 0
    for at, char in enumerate(text):
        if char == " ":
            if not is_key and not spaces and column > WIDTH and 0 < at < len(text) - 1:
                escape = "\\" if text[at + 1] == " " else ""
                pieces.append("\n" + " " * indent + escape)
                column = indent + len(escape)
            else:
                pieces.append(char)
                column += 1
            spaces = True
            continue
        piece = _escape(char) if _ESCAPED.match(char) else char
        pieces.append(piece)
        column += len(piece)
        spaces = False
    pieces.append('"')
    return "".join(pieces)


def _escape(char: str) -> str:
    if char in _ESCAPES:
        return "\\" + _ESCAPES[char]
    code = ord(char)
    return f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"


def _literal(text: str, indent: int) -> str:
    hint = "2" if text[0] == " " or _BREAK.match(text) else ""
    chomp = ""
    if not _BREAK.match(text[-1]):
        chomp = "-"
    elif len(text) == 1 or _BREAK.match(text[-2]):
        chomp = "+"
    lines = text.split("\n")
    if chomp != "-":
        lines.pop()
    pad = " " * indent
    return f"|{hint}{chomp}\n" + "\n".join(pad + line if line else "" for line in lines)
