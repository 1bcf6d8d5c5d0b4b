"""The functions that Go's templates have of themselves."""

from __future__ import annotations

from itertools import pairwise
from typing import Any
from urllib.parse import quote_plus

from meshctl.gotemplate import types
from meshctl.gotemplate.arguments import checked
from meshctl.gotemplate.errors import FunctionError
from meshctl.gotemplate.formatting import sprint, sprintln
from meshctl.gotemplate.function import FunctionMap, Raw, function
from meshctl.gotemplate.functions.comparison import COMPARISONS
from meshctl.gotemplate.functions.text import byte_length, byte_slice, raw_bytes
from meshctl.gotemplate.printf import sprintf
from meshctl.gotemplate.quoting import is_print
from meshctl.gotemplate.types import GoType
from meshctl.gotemplate.values import MISSING, Pointer, TypedList, TypedMap, Uint8, dereferenced, is_true, type_of, zero

_HTML = str.maketrans({"\0": "�", '"': "&#34;", "'": "&#39;", "&": "&amp;", "<": "&lt;", ">": "&gt;"})
_SCRIPT = {"\\": "\\\\", "'": "\\'", '"': '\\"', "<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "=": "\\u003D"}


def _failing(problem: str) -> FunctionError:
    return FunctionError(problem)


def as_parameter(value: Any, wanted: GoType) -> Any:
    """The value of an index or argument that a function checks by itself; integers of all widths fit each other."""
    if value is MISSING or value is None:
        if wanted.kind in types.NILABLE:
            return zero(wanted)
        raise FunctionError(f"value is nil; should be of type {wanted.name}")
    have = type_of(value)
    if have.kind in types.INTEGERS and wanted.kind in types.INTEGERS:
        return value
    if types.assignable(have, wanted):
        return value
    raise FunctionError(f"value has type {have.name}; should be {wanted.name}")


def _position(index: Any, limit: int) -> int:
    if index is MISSING or index is None:
        raise FunctionError("cannot index slice/array with nil")
    if not isinstance(index, int) or isinstance(index, bool):
        raise FunctionError(f"cannot index slice/array with type {type_of(index).name}")
    if not 0 <= index <= limit:
        raise FunctionError(f"index out of range: {int(index)}")
    return int(index)


def _element(item: Any, index: Any) -> Any:
    if isinstance(item, dict):
        key = as_parameter(index, type_of(item).key or types.STRING)
        if key in item:
            return item[key]
        return zero(item.go_type.element) if isinstance(item, TypedMap) and item.go_type.element else None
    if isinstance(item, str | bytes | list):
        raw = raw_bytes(item) if isinstance(item, str) else item
        at = _position(index, len(raw))
        if at == len(raw):
            raise FunctionError(f"reflect: {'string' if isinstance(item, str) else 'slice'} index out of range")
        return Uint8(raw[at]) if isinstance(raw, bytes) else raw[at]
    raise FunctionError(f"can't index item of type {type_of(item).name}")


def index(item: Raw, *indexes: Raw) -> Any:
    """The element of a list or map at an index, and of that at the next index, and so on."""
    if len(indexes) == 1 and type(indexes[0]) is str and isinstance(item, dict) and indexes[0] in item:
        return item[indexes[0]]
    if item is MISSING or item is None:
        raise FunctionError("index of untyped nil")
    for at in indexes:
        item = dereferenced(item)
        if item is None or isinstance(item, Pointer):
            raise FunctionError("index of nil pointer")
        item = _element(item, at)
    return item


def slice_(item: Raw, *indexes: Raw) -> Any:
    """The part of a string or list between two indexes."""
    if item is MISSING or item is None:
        raise FunctionError("slice of untyped nil")
    item = dereferenced(item)
    if isinstance(item, Pointer):
        raise FunctionError("slice of nil pointer")
    if len(indexes) > 3:
        raise FunctionError(f"too many slice indexes: {len(indexes)}")
    if not isinstance(item, str | list | bytes):
        raise FunctionError(f"can't slice item of type {type_of(item).name}")
    if isinstance(item, str) and len(indexes) == 3:
        raise FunctionError("cannot 3-index slice a string")
    length = byte_length(item) if isinstance(item, str) else len(item)
    places = [_position(at, length) for at in indexes]
    places += [0, length][len(places) :]
    for low, high in pairwise(places):
        if low > high:
            raise FunctionError(f"invalid slice index: {low} > {high}")
    if isinstance(item, str):
        return byte_slice(item, places[0], places[1])
    part = item[places[0] : places[1]]
    return TypedList(item.go_type, part) if isinstance(item, TypedList) else part


def length(item: Raw) -> int:
    """How many elements a list or map has, and how many bytes a string."""
    item = dereferenced(item)
    if isinstance(item, Pointer) or item is None:
        raise FunctionError("len of nil pointer")
    if item is MISSING:
        raise FunctionError("reflect: call of reflect.Value.Type on zero Value")
    if isinstance(item, str):
        return byte_length(item)
    if isinstance(item, list | dict | bytes):
        return len(item)
    raise FunctionError(f"len of type {type_of(item).name}")


def call(callee: Raw, *args: Raw) -> Any:
    """The result of a function that the data hold."""
    if callee is MISSING or callee is None:
        raise FunctionError("call of nil")
    if not callable(callee):
        raise FunctionError(f"non-function {sprint([callee])} of type {type_of(callee).name}")
    declared = function(callee)
    if len(args) < len(declared.parameters) or (len(args) > len(declared.parameters) and declared.variadic is None):
        least = "" if declared.variadic is None else "at least "
        raise FunctionError(f"wrong number of args: got {len(args)} want {least}{len(declared.parameters)}")
    kinds = [*declared.parameters, *[declared.variadic] * len(args)][: len(args)]
    return callee(*[checked(arg, kind or types.ANY, _failing) for arg, kind in zip(args, kinds, strict=True)])


def _text(args: tuple[Any, ...]) -> str:
    return sprint(["<no value>" if arg is None else dereferenced(arg) for arg in args])


def html(*args: Any) -> str:
    """The text of the values for HTML."""
    return _text(args).translate(_HTML)


def _script(char: str) -> str:
    if char in _SCRIPT:
        return _SCRIPT[char]
    if char < " ":
        return f"\\u00{ord(char):02X}"
    if char < "\x80" or is_print(char):
        return char
    return f"\\u{0xFFFD if 0xDC80 <= ord(char) <= 0xDCFF else ord(char):04X}"


def js(*args: Any) -> str:
    """The text of the values for a JavaScript string."""
    return "".join(map(_script, _text(args)))


def urlquery(*args: Any) -> str:
    """The text of the values for a query of a URL."""
    return quote_plus(raw_bytes(_text(args)), safe="")


def print_(*args: Any) -> str:
    """The text of the values, with spaces between two that are no strings."""
    return sprint(args)


def println(*args: Any) -> str:
    """The text of the values, with spaces between them, and a line break."""
    return sprintln(args)


def printf(format_: str, *args: Any) -> str:
    """The format with the values in the places of its verbs."""
    return sprintf(format_, args)


def not_(value: Raw) -> bool:
    """Whether a value is not true."""
    return not is_true(value)


def _logic(first: Raw, *rest: Raw) -> Any:
    raise AssertionError("and, or are no calls: the renderer evaluates only as many arguments as it needs")


BUILTINS: FunctionMap = {
    "and": _logic,
    "or": _logic,
    "not": not_,
    "index": index,
    "slice": slice_,
    "len": length,
    "call": call,
    "html": html,
    "js": js,
    "urlquery": urlquery,
    "print": print_,
    "println": println,
    "printf": printf,
    **COMPARISONS,
}
