"""Text of values as Go's `fmt` makes it: `print`, `println`, `printf`, and what an action writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from meshctl.gotemplate import types
from meshctl.gotemplate.fields import Fail, method_of
from meshctl.gotemplate.format_numbers import PLAIN, Spec, floating, integer, padded, unicode
from meshctl.gotemplate.quoting import backquoted, quote, quote_character
from meshctl.gotemplate.sizes import bounded, measured
from meshctl.gotemplate.values import (
    MISSING,
    Int32,
    Int64,
    Pointer,
    Struct,
    TypedList,
    TypedMap,
    Uint8,
    Uint32,
    Uint64,
    dereferenced,
    struct_fields,
    type_of,
)

INTEGERS = frozenset({int, Int32, Int64, Uint8, Uint32, Uint64})
"""The classes of integers that have no methods."""
"""The classes of integers that have no methods."""


_FOR_INTEGERS = "vdboOxX"


def printed(value: Any, fail: Fail) -> str:
    """What an action writes for a value."""
    kind = type(value)
    if kind is str:
        return str(value)
    if kind is bool:
        return "true" if value else "false"
    if kind in INTEGERS:
        return int.__repr__(value)
    if value is MISSING:
        return "<no value>"
    value = dereferenced(value)
    if callable(value):
        raise fail(f"can't print {value} of type func")
    return shown(value)


def shown(value: Any) -> str:
    """A value by the verb `%v`."""
    return formatted(value, "v", PLAIN)


def sprint(args: Sequence[Any]) -> str:
    """The values one after the other, with a space between two that are no strings."""
    pieces: list[str] = []
    before_is_string = True
    for at, arg in enumerate(args):
        is_string = isinstance(arg, str)
        if at and not is_string and not before_is_string:
            pieces.append(" ")
        pieces.append(arg if type(arg) is str else shown(arg))
        before_is_string = is_string
    bounded(sum(map(len, pieces)))
    return "".join(pieces)


def sprintln(args: Sequence[Any]) -> str:
    """The values with spaces between them, and a line break at the end."""
    pieces = list(map(shown, args))
    bounded(sum(map(len, pieces)))
    return " ".join(pieces) + "\n"


def formatted(value: Any, verb: str, spec: Spec) -> str:
    """One value by a verb."""
    if value is None or value is MISSING:
        return padded("<nil>", spec) if verb in "Tv" else bad_verb(value, verb, spec)
    if verb == "T":
        return padded(_truncated(type_of(value).name, spec), spec)
    if verb == "p" and not isinstance(value, Pointer | TypedMap | TypedList | list | dict | bytes):
        return bad_verb(value, verb, spec)
    if verb == "w":
        return bad_verb(measured(value), verb, spec)
    return _value(measured(value), verb, spec, 0)


def bad_verb(value: Any, verb: str, spec: Spec) -> str:
    """What stands in the place of a value that a verb cannot show."""
    if value is None or value is MISSING:
        return f"%!{verb}(<nil>)"
    return f"%!{verb}({type_of(value).name}={_value(value, 'v', spec, 0, with_methods=False)})"


def _value(value: Any, verb: str, spec: Spec, depth: int, with_methods: bool = True) -> str:
    kind = type(value)
    if kind is str:
        return _string(value, verb, spec)
    if value is None or value is MISSING:
        return "interface {}(nil)" if spec.sharp_v else "<nil>"
    if with_methods and verb in "vsxXq" and not spec.sharp_v:
        text = _by_method(value)
        if text is not None:
            return _string(text, verb, spec)
    if isinstance(value, bool):
        return padded("true" if value else "false", spec) if verb in "tv" else bad_verb(value, verb, spec)
    if isinstance(value, int):
        return _integer(value, verb, spec)
    if isinstance(value, float):
        size = 32 if type_of(value).kind == "float32" else 64
        return floating(value, verb, spec, size) if verb in "vbgGxXfFeE" else bad_verb(value, verb, spec)
    if isinstance(value, str):
        return _string(str(value), verb, spec)
    if isinstance(value, complex):
        return _complex(value, verb, spec)
    if isinstance(value, bytes):
        return _bytes(value, verb, spec)
    return _compound(value, verb, spec, depth)


def _by_method(value: Any) -> str | None:
    if isinstance(value, list | dict) and not isinstance(value, TypedList | TypedMap):
        return None
    for name in ("Error", "String"):
        found = method_of(value, name)
        if found is not None:
            return str(found[0](found[1]))
    return None


def _truncated(text: str, spec: Spec) -> str:
    return text if spec.precision is None else text[: spec.precision]


def _string(text: str, verb: str, spec: Spec) -> str:
    if spec is PLAIN and verb in "vs":
        return text
    if verb == "s" or (verb == "v" and not spec.sharp_v):
        return padded(_truncated(text, spec), spec)
    if verb in "qv":
        text = _truncated(text, spec)
        raw = backquoted(text) if spec.sharp else None
        return padded(quote(text, ascii_only=spec.plus) if raw is None else raw, spec)
    if verb in "xX":
        return _hexadecimal(text.encode("utf-8", "surrogateescape"), verb, spec)
    return bad_verb(text, verb, spec)


def _hexadecimal(raw: bytes, verb: str, spec: Spec) -> str:
    raw = raw if spec.precision is None else raw[: spec.precision]
    prefix = ("0x" if verb == "x" else "0X") if spec.sharp else ""
    digits = [f"{byte:02x}" if verb == "x" else f"{byte:02X}" for byte in raw]
    if not spec.space:
        digits = ["".join(digits)] if raw else []
    return padded(" ".join(prefix + group for group in digits), spec)


def _integer(value: int, verb: str, spec: Spec) -> str:
    if verb == "v" and spec.sharp_v and type_of(value).kind in types.UNSIGNED:
        return integer(value, "x", Spec(spec.minus, spec.plus, True, spec.space, spec.zero, width=spec.width))
    if verb in _FOR_INTEGERS:
        return integer(value, "d" if verb == "v" else verb, spec)
    if verb == "c":
        return padded(chr(value) if 0 <= value <= 0x10FFFF and not 0xD800 <= value <= 0xDFFF else "�", spec)
    if verb == "q":
        return padded(quote_character(value, ascii_only=spec.plus), spec)
    return unicode(value, spec) if verb == "U" else bad_verb(value, verb, spec)


def _complex(value: complex, verb: str, spec: Spec) -> str:
    if verb not in "vbgGxXfFeE":
        return bad_verb(value, verb, spec)
    imaginary = Spec(spec.minus, True, spec.sharp, spec.space, spec.zero, width=spec.width, precision=spec.precision)
    return f"({floating(value.real, verb, spec)}{floating(value.imag, verb, imaginary)}i)"


def _bytes(raw: bytes, verb: str, spec: Spec) -> str:
    if verb in "sq":
        return _string(raw.decode("utf-8", "surrogateescape"), verb, spec)
    if verb in "xX":
        return _hexadecimal(raw, verb, spec)
    if verb == "v" and spec.sharp_v:
        return "[]byte{" + ", ".join(f"0x{byte:x}" for byte in raw) + "}"
    return "[" + " ".join(_integer(byte if verb in _FOR_INTEGERS else Uint8(byte), verb, spec) for byte in raw) + "]"


def _compound(value: Any, verb: str, spec: Spec, depth: int) -> str:
    if isinstance(value, list):
        items = [_value(item, verb, spec, depth + 1) for item in value]
        if not spec.sharp_v:
            return "[" + " ".join(items) + "]"
        name = type_of(value).name
        return f"{name}(nil)" if getattr(value, "is_nil", False) else f"{name}{{{', '.join(items)}}}"
    if isinstance(value, dict):
        entries = [
            f"{_value(key, verb, spec, depth + 1)}:{_value(item, verb, spec, depth + 1)}"
            for key, item in sorted(value.items(), key=lambda entry: entry[0])
        ]
        if not spec.sharp_v:
            return "map[" + " ".join(entries) + "]"
        name = type_of(value).name
        return f"{name}(nil)" if getattr(value, "is_nil", False) else f"{name}{{{', '.join(entries)}}}"
    if isinstance(value, Struct):
        return _struct(value, verb, spec, depth)
    if isinstance(value, Pointer):
        if value.target is None:
            if verb in "bodxX":
                return integer(0, verb, spec)
            if verb != "v":
                return bad_verb(value, verb, spec)
            return f"({value.go_type.name})(nil)" if spec.sharp_v else padded("<nil>", spec)
        if depth == 0 and isinstance(value.target, list | dict | Struct):
            return "&" + _value(value.target, verb, spec, 1)
        return "0xc000000000"  # Go prints an address, different each time
    return bad_verb(str(value), verb, spec) if verb not in "vs" else str(value)


def _struct(value: Struct, verb: str, spec: Spec, depth: int) -> str:
    fields = [
        (f"{name}:" if spec.plus_v or spec.sharp_v else "") + _value(item, verb, spec, depth + 1)
        for name, _, item in struct_fields(value)
    ]
    if spec.sharp_v:
        return f"{value.go_type.name}{{{', '.join(fields)}}}"
    return "{" + " ".join(fields) + "}"
