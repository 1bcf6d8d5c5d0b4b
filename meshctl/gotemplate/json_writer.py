"""JSON of values as Go's `encoding/json` writes it."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable
from typing import Any

from meshctl.gotemplate import types
from meshctl.gotemplate.errors import FunctionError
from meshctl.gotemplate.fields import method_of
from meshctl.gotemplate.format_numbers import float_text
from meshctl.gotemplate.sizes import bounded, measured
from meshctl.gotemplate.values import MISSING, Pointer, Struct, TypedList, TypedMap, is_true, struct_fields, type_of

_PLAIN = re.compile(r"[ !#-%'-;=?-\[\]-~\x7f]*")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINES = {0x2028: "\\u2028", 0x2029: "\\u2029"}
_HTML = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", **_LINES}


def json_text(value: Any, *, indent: int = 0, escape_html: bool = True) -> str:
    """The JSON of a value, with the keys of maps sorted; raises `FunctionError` for what JSON cannot say."""
    pieces: list[str] = []
    _write(measured(value), pieces.append, escape_html, "\n" if indent else "", " " * indent)
    bounded(sum(map(len, pieces)))
    return "".join(pieces)


def json_in_order(data: Any) -> str:
    """The JSON of plain data, with the keys of mappings in the order in which they are, as Go writes structs."""
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).translate(_HTML)


def _write(value: Any, write: Any, html: bool, line: str, step: str) -> None:
    kind = type(value)
    if kind is str or isinstance(value, str):
        write(json_string(value, html))
    elif value is None or value is MISSING:
        write("null")
    elif kind is bool:
        write("true" if value else "false")
    elif isinstance(value, int):
        write(str(int(value)))
    elif isinstance(value, float):
        write(json_float(value))
    elif isinstance(value, bytes):
        write(f'"{base64.b64encode(value).decode()}"')
    elif isinstance(value, dict):
        if isinstance(value, TypedMap) and value.is_nil:
            write("null")
            return
        entries = [(str(key), item, False) for key, item in value.items()]
        _object(sorted(entries, key=_key), write, html, line, step)
    elif isinstance(value, list):
        if isinstance(value, TypedList) and value.is_nil:
            write("null")
            return
        _array(value, write, html, line, step)
    else:
        _write_typed(value, write, html, line, step)


def _key(entry: tuple[str, Any, bool]) -> str:
    return entry[0]


def _write_typed(value: Any, write: Any, html: bool, line: str, step: str) -> None:
    found = method_of(value, "MarshalJSON")
    if found is not None:
        text = found[0](found[1])
        write(_indented(text, html, line, step) if line else text)
    elif isinstance(value, Pointer):
        _write(value.target, write, html, line, step)
    elif isinstance(value, Struct):
        _object(_struct_entries(value), write, html, line, step)
    else:
        raise FunctionError(f"a value of type {type_of(value).name} has no JSON")


def _indented(text: str, html: bool, line: str, step: str) -> str:
    """JSON in its own order, over several lines, of which the first is begun already."""
    written = json.dumps(json.loads(text), indent=step, ensure_ascii=False)
    return written.translate(_HTML if html else _LINES).replace("\n", line)


def _struct_entries(value: Struct) -> list[tuple[str, Any, bool]]:
    entries: list[tuple[str, Any, bool]] = []
    for name, field, item in struct_fields(value):
        if field.inline and isinstance(item, Struct):
            entries += _struct_entries(item)
        elif not (field.omit_empty and _is_empty(item)):
            entries.append((field.key or name, item, False))
    return entries


def _is_empty(value: Any) -> bool:
    return not isinstance(value, Struct) and not is_true(value)


def _object(entries: list[tuple[str, Any, bool]], write: Any, html: bool, line: str, step: str) -> None:
    if not entries:
        write("{}")
        return
    inner = line + step if line else ""
    separator = "{"
    for key, item, _ in entries:
        write(separator)
        write(inner)
        write(json_string(key, html))
        write(": " if line else ":")
        _write(item, write, html, inner, step)
        separator = ","
    write(line)
    write("}")


def _array(items: list[Any], write: Any, html: bool, line: str, step: str) -> None:
    if not items:
        write("[]")
        return
    inner = line + step if line else ""
    separator = "["
    for item in items:
        write(separator)
        write(inner)
        _write(item, write, html, inner, step)
        separator = ","
    write(line)
    write("]")


def json_data(value: Any, text: Callable[[str], str]) -> Any:
    """The value as plain data, as if it had been written to JSON and read again, except for the order of keys.

    `text` changes the texts that are not ASCII.
    """
    return _data(measured(value), text)


def _data(value: Any, text: Callable[[str], str]) -> Any:
    kind = type(value)
    if kind is str:
        return value if value.isascii() and "\x7f" not in value else text(_SURROGATE.sub("�", value))
    if kind is bool or kind is int or value is None:
        return value
    if isinstance(value, dict):
        if isinstance(value, TypedMap) and value.is_nil:
            return None
        return {_data(str(key), text): _data(item, text) for key, item in value.items()}
    if isinstance(value, list):
        return None if getattr(value, "is_nil", False) else [_data(item, text) for item in value]
    if isinstance(value, float):
        json_float(value)
        return value
    if isinstance(value, str):
        return _data(str(value), text)
    return _typed_data(value, text)


def _typed_data(value: Any, text: Callable[[str], str]) -> Any:
    if value is MISSING:
        return None
    if isinstance(value, int):
        return int(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    found = method_of(value, "MarshalJSON")
    if found is not None:
        return json.loads(found[0](found[1]))
    if isinstance(value, Pointer):
        return _data(value.target, text)
    if isinstance(value, Struct):
        return {key: _data(item, text) for key, item, _ in _struct_entries(value)}
    raise FunctionError(f"a value of type {type_of(value).name} has no JSON")


def json_string(text: str, escape_html: bool = True) -> str:
    """A string as JSON; bytes that are no UTF-8 become U+FFFD."""
    if _PLAIN.fullmatch(text):
        return f'"{text}"'
    written = json.dumps(text, ensure_ascii=False).translate(_HTML if escape_html else _LINES)
    return written if written.isascii() else _SURROGATE.sub(r"\\ufffd", written)


def json_float(value: float) -> str:
    """A number as JSON: an exponent only for very small and very great ones."""
    if math.isnan(value) or math.isinf(value):
        raise FunctionError(f"JSON has no number for {value}")
    size = 32 if type_of(value) is types.FLOAT32 else 64
    if value and not 1e-6 <= abs(value) < 1e21:
        text = float_text(value, "e", None, size)
        return text[:-2] + text[-1] if text[-4:-1] == "e-0" else text
    return float_text(value, "f", None, size)
