"""Strings: cut, pad, change, join and split them."""

from __future__ import annotations

from typing import Any

from meshctl.gotemplate.errors import FunctionError
from meshctl.gotemplate.formatting import shown
from meshctl.gotemplate.function import FunctionMap
from meshctl.gotemplate.functions.casts import strings_of, text_of
from meshctl.gotemplate.functions.sprig.cases import CASES
from meshctl.gotemplate.functions.sprig.wrapping import WRAPPING
from meshctl.gotemplate.functions.text import byte_length, byte_slice, raw_bytes
from meshctl.gotemplate.quoting import quote as quoted
from meshctl.gotemplate.sizes import bounded
from meshctl.gotemplate.types import STRING_LIST, STRING_MAP
from meshctl.gotemplate.values import TypedList, TypedMap

SPACE = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
"""The characters that Go takes for white space."""


def _bounded(text: str) -> str:
    bounded(len(text))
    return text


def quote(*values: Any) -> str:
    """Each value in double quotes, nils left out."""
    if len(values) == 1 and type(values[0]) is str:
        return quoted(values[0])
    return _bounded(" ".join(quoted(text_of(value)) for value in values if value is not None))


def squote(*values: Any) -> str:
    """Each value in single quotes, nils left out."""
    return _bounded(" ".join(f"'{shown(value)}'" for value in values if value is not None))


def cat(*values: Any) -> str:
    """The values with spaces between them, nils left out."""
    return _bounded(" ".join(shown(value) for value in values if value is not None))


def indent(spaces: int, text: str) -> str:
    """Every line of the text moved to the right."""
    if spaces < 0:
        raise FunctionError("a negative number of spaces")
    bounded(spaces * (text.count("\n") + 1) + len(text))
    pad = " " * spaces
    return pad + text.replace("\n", "\n" + pad)


def nindent(spaces: int, text: str) -> str:
    """A line break, and every line of the text moved to the right."""
    return "\n" + indent(spaces, text)


def trunc(length: int, text: str) -> str:
    """The first bytes of the text, or the last ones for a negative length."""
    have = byte_length(text)
    if length < 0:
        return byte_slice(text, have + length, have) if have + length > 0 else text
    return byte_slice(text, 0, length) if have > length else text


def substr(start: int, end: int, text: str) -> str:
    """The bytes of the text between two offsets; a negative one means from the start, or to the end."""
    have = byte_length(text)
    if start < 0:
        start = 0
    elif end < 0 or end > have:
        end = have
    if not 0 <= start <= end <= have:
        raise FunctionError(f"bytes {start} to {end} of a string of {have}")
    return byte_slice(text, start, end)


def abbrev(width: int, text: str) -> str:
    """The text cut to a width, three dots included."""
    return text if width < 4 else abbrevboth(0, width, text)


def abbrevboth(left: int, right: int, text: str) -> str:
    """The text from an offset on cut to a width, three dots at one or both ends included."""
    have = byte_length(text)
    if right < 4 or (left > 0 and right < 7) or have <= right:
        return text
    left = min(left, have)
    if have - left < right - 3:
        left = have - (right - 3)
    if left <= 4:
        return byte_slice(text, 0, right - 3) + "..."
    if left + right - 3 < have:
        return "..." + abbrevboth(0, right - 3, byte_slice(text, left, have))
    return "..." + byte_slice(text, have - (right - 3), have)


def repeat(count: int, text: str) -> str:
    """The text many times."""
    if count < 0:
        raise FunctionError("a negative number of times")
    bounded(count * len(text))
    return text * count


def replace(old: str, new: str, text: str) -> str:
    """The text with a part of it replaced wherever it stands."""
    bounded(len(text) + (text.count(old) + 1) * len(new))
    if old or text.isascii():
        return text.replace(old, new)
    return raw_bytes(text).decode("utf-8", "surrogateescape").replace(old, new)


def plural(one: str, many: str, count: int) -> str:
    """The word for a number of things."""
    return one if count == 1 else many


def _parts(parts: list[str]) -> TypedMap:
    return TypedMap(STRING_MAP, {f"_{at}": part for at, part in enumerate(parts)})


def _split(text: str, separator: str, count: int = -1) -> list[str]:
    if count == 0:
        return []
    if separator:
        return text.split(separator, count - 1 if count > 0 else -1)
    characters = list(text)
    if 0 < count < len(characters):
        return [*characters[: count - 1], "".join(characters[count - 1 :])]
    return characters


def split(separator: str, text: str) -> TypedMap:
    """The parts of the text as a map with the keys `_0`, `_1` and so on."""
    return _parts(_split(text, separator))


def splitn(separator: str, count: int, text: str) -> TypedMap:
    """The parts of the text, at most so many, as a map with the keys `_0`, `_1` and so on."""
    return _parts(_split(text, separator, count))


def split_list(separator: str, text: str) -> TypedList:
    """The parts of the text as a list."""
    return TypedList(STRING_LIST, _split(text, separator))


def join(separator: str, values: Any) -> str:
    """The texts of a list with a separator between them."""
    texts = strings_of(values)
    bounded(sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts)


def sort_alpha(values: Any) -> TypedList:
    """The texts of a list, sorted."""
    texts = strings_of(values) if values is not None else ["<nil>"]
    return TypedList(STRING_LIST, sorted(texts, key=raw_bytes))


def to_strings(values: Any) -> TypedList:
    """The texts of a list."""
    return TypedList(STRING_LIST, strings_of(values))


def trim(text: str) -> str:
    """The text without white space at its ends."""
    return text.strip(SPACE)


def trim_all(characters: str, text: str) -> str:
    """The text without some characters at its ends."""
    return text.strip(characters) if characters else text


def trim_suffix(suffix: str, text: str) -> str:
    """The text without an end that it may have."""
    return text.removesuffix(suffix)


def trim_prefix(prefix: str, text: str) -> str:
    """The text without a start that it may have."""
    return text.removeprefix(prefix)


def contains(part: str, text: str) -> bool:
    """Whether a part stands in the text."""
    return part in text


def has_prefix(prefix: str, text: str) -> bool:
    """Whether the text starts so."""
    return text.startswith(prefix)


def has_suffix(suffix: str, text: str) -> bool:
    """Whether the text ends so."""
    return text.endswith(suffix)


def to_string(value: Any) -> str:
    """The text of a value."""
    return text_of(value)


STRINGS: FunctionMap = {
    "abbrev": abbrev,
    "abbrevboth": abbrevboth,
    "cat": cat,
    "contains": contains,
    "hasPrefix": has_prefix,
    "hasSuffix": has_suffix,
    "indent": indent,
    "join": join,
    "nindent": nindent,
    "plural": plural,
    "quote": quote,
    "repeat": repeat,
    "replace": replace,
    "sortAlpha": sort_alpha,
    "split": split,
    "splitList": split_list,
    "splitn": splitn,
    "squote": squote,
    "substr": substr,
    "toString": to_string,
    "toStrings": to_strings,
    "trim": trim,
    "trimAll": trim_all,
    "trimPrefix": trim_prefix,
    "trimSuffix": trim_suffix,
    "trimall": trim_all,
    "trunc": trunc,
    **CASES,
    **WRAPPING,
}
