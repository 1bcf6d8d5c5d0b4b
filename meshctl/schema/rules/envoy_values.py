"""Values of patches as Envoy's own types (EF18-EF22), which `envoy_types.json` lists.

A value is read as Protocol Buffers read JSON: by both names of a field, null as absence, numbers in quotes too, enums
by name or number, and the last of several fields that exclude each other. A type that is not in the list counts as
known where an Envoy may have it: those of contributed extensions, and Istio's own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from meshctl.durations import nanoseconds
from meshctl.messages import Message
from meshctl.model.resource import Field
from meshctl.schema.grammars.values import decoded_base64, float_of
from meshctl.schema.rules.envoy_names import ELSEWHERE, TYPE_OF, type_url
from meshctl.schema.rules.reporting import doubtful, invalid, shown
from meshctl.schema.suggestions import closest

_CONFIGURATIONS = ("typed_config", "config_discovery")
_ANY = "google.protobuf.Any"
_WELL_KNOWN = "google.protobuf."

_Fields: TypeAlias = Mapping[str, str]
"""The type of each field, by its name in Protocol Buffers and by that in JSON."""


@cache
def _listed() -> tuple[Mapping[str, Mapping[str, str]], Mapping[str, frozenset[str]]]:
    with (Path(__file__).parent.parent / "envoy_types.json").open("rb") as file:
        found = json.load(file)
    return found["types"], {name: frozenset(values) for name, values in found["enums"].items()}


@cache
def _fields(type_: str) -> _Fields:
    own = _listed()[0][type_]
    return {_json_name(name): found for name, found in own.items()} | dict(own)


def _json_name(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def envoy_value(value: Field, part: str) -> Iterator[Message]:
    """Checks the value of a patch for a part of the configuration, which `applyTo` names."""
    type_ = TYPE_OF.get(part)
    if type_ is None or not value.present:
        return
    unknown: list[tuple[Field, str]] = []
    problems = list(_problems(value, type_, unknown))
    yield from problems
    if problems:
        return
    for field, owner in unknown[:1]:
        meant = closest(str(field.key), _fields(owner))
        yield doubtful(
            field, f"is no field of {owner}, and is dropped", f"did you mean {meant}?" if meant else "", key=True
        )
    for field in _without_configuration(value, type_):
        yield doubtful(field, "names an extension without its typed_config", key=True)


def _problems(value: Field, type_: str, unknown: list[tuple[Field, str]]) -> Iterator[Message]:
    """What no reader takes; collects fields that readers drop. Without recursion: values can be nested deeply."""
    stack = [(value, type_)]
    while stack:
        field, wanted = stack.pop()
        if not field.present:
            continue
        if wanted == _ANY:
            problem, wanted = _any(field)
            if problem is not None:
                yield problem
            if not wanted:
                continue
        if wanted.startswith(("[]", "{")):
            brackets, below = ("[]", wanted[2:]) if wanted[0] == "[" else wanted.split("}", 1)
            if type(field.value) is not (list if brackets == "[]" else dict):
                yield _wrong(field, "a list" if brackets == "[]" else "a mapping")
                continue
            stack += [(child, below) for child in reversed([*field, *field.values()])]
        elif wanted in _listed()[0]:
            if type(field.value) is not dict:
                yield _wrong(field, "a mapping")
                continue
            stack += reversed(list(_children(field, wanted, unknown)))
        elif not _fits(field.value, wanted):
            yield _wrong(field, _FORMS[wanted][0] if wanted in _FORMS else _values_of(wanted))


def _children(field: Field, type_: str, unknown: list[tuple[Field, str]]) -> Iterator[tuple[Field, str]]:
    known = _fields(type_)
    for name, child in field.items():
        if name in known:
            yield child, known[name]
        elif name != "@type":
            unknown.append((child, type_))


def _any(field: Field) -> tuple[Message | None, str]:
    """What is wrong with a message of any type, and its type where there is more to look at."""
    if type(field.value) is not dict:
        return _wrong(field, "a mapping"), ""
    url = field["@type"]
    if problem := type_url(url.text):
        return invalid(url, f"{shown(url.text)} {problem}" if url.text else problem), ""
    name = url.text.rpartition("/")[2]
    if name in _listed()[0]:
        return None, name
    if name.startswith((_WELL_KNOWN, *ELSEWHERE)):
        return None, ""
    meant = closest(name, _listed()[0])
    return invalid(url, f"{shown(name)} is no type that Envoy knows", f"did you mean {meant}?" if meant else ""), ""


def _without_configuration(value: Field, type_: str) -> Iterator[Field]:
    """The extensions that are only named: the value itself, and what stands below it outside of lists."""
    stack = [(value, type_)]
    while stack:
        field, wanted = stack.pop()
        known = _fields(wanted)
        if {"name", "typed_config"} <= known.keys() and not any(
            field[name].present or field[_json_name(name)].present for name in _CONFIGURATIONS
        ):
            yield field
        for name, child in field.items():
            if child.present and known.get(name) in _listed()[0]:
                stack.append((child, known[name]))


def _wrong(field: Field, wanted: str) -> Message:
    return invalid(field, f"has to be {wanted} here: Envoy's type has no other")


def _values_of(enum: str) -> str:
    return f"one of {', '.join(sorted(_listed()[1].get(enum, ())))}"


def _fits(value: Any, wanted: str) -> bool:
    if wanted in _FORMS:
        return _FORMS[wanted][1](value)
    names = _listed()[1].get(wanted)
    return names is None or (value in names if type(value) is str else _is_whole(value, -(2**31), 2**31))


def _is_whole(value: Any, least: int, limit: int) -> bool:
    if type(value) is str:
        digits = value.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) < 21):
            return False
        value = int(value)
    return (type(value) is int or (type(value) is float and value.is_integer())) and least <= value < limit


def _is_number(value: Any) -> bool:
    return type(value) is not bool and float_of(value) is not None


def _is_duration(value: Any) -> bool:
    return type(value) is str and nanoseconds(value) is not None


def _is_bytes(value: Any) -> bool:
    return type(value) is str and decoded_base64(value) is not None


def _is_text(value: Any) -> bool:
    return type(value) is str


def _is_truth(value: Any) -> bool:
    return type(value) is bool


def _is_mapping(value: Any) -> bool:
    return type(value) is dict


def _is_list(value: Any) -> bool:
    return type(value) is list


def _is_anything(value: Any) -> bool:
    return True


def _between(least: int, limit: int) -> tuple[str, Callable[[Any], bool]]:
    return f"a whole number from {least} to {limit - 1}", lambda value: _is_whole(value, least, limit)


_INT32, _UINT32 = _between(-(2**31), 2**31), _between(0, 2**32)
_INT64, _UINT64 = _between(-(2**63), 2**63), _between(0, 2**64)
_NUMBER = ("a number", _is_number)
_TEXT, _TRUTH = ("a text", _is_text), ("true or false", _is_truth)
_BYTES = ("a text in base64", _is_bytes)

_FORMS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "string": _TEXT,
    "bool": _TRUTH,
    "bytes": _BYTES,
    "float": _NUMBER,
    "double": _NUMBER,
    **dict.fromkeys(("int32", "sint32", "sfixed32"), _INT32),
    **dict.fromkeys(("uint32", "fixed32"), _UINT32),
    **dict.fromkeys(("int64", "sint64", "sfixed64"), _INT64),
    **dict.fromkeys(("uint64", "fixed64"), _UINT64),
    f"{_WELL_KNOWN}StringValue": _TEXT,
    f"{_WELL_KNOWN}BoolValue": _TRUTH,
    f"{_WELL_KNOWN}BytesValue": _BYTES,
    f"{_WELL_KNOWN}FloatValue": _NUMBER,
    f"{_WELL_KNOWN}DoubleValue": _NUMBER,
    f"{_WELL_KNOWN}Int32Value": _INT32,
    f"{_WELL_KNOWN}UInt32Value": _UINT32,
    f"{_WELL_KNOWN}Int64Value": _INT64,
    f"{_WELL_KNOWN}UInt64Value": _UINT64,
    f"{_WELL_KNOWN}Duration": ("a duration such as 1.5s", _is_duration),
    f"{_WELL_KNOWN}Timestamp": _TEXT,
    f"{_WELL_KNOWN}FieldMask": _TEXT,
    f"{_WELL_KNOWN}Struct": ("a mapping", _is_mapping),
    f"{_WELL_KNOWN}ListValue": ("a list", _is_list),
    f"{_WELL_KNOWN}Value": ("anything", _is_anything),
    f"{_WELL_KNOWN}NullValue": ("null", _is_anything),
    f"{_WELL_KNOWN}Empty": ("a mapping", _is_mapping),
}
"""For each scalar and well-known type: how it is called, and whether a value is of it."""
