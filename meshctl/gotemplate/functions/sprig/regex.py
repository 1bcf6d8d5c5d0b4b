"""Regular expressions, by RE2 as in Go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from meshctl.gotemplate.errors import FunctionError
from meshctl.gotemplate.function import FunctionMap
from meshctl.gotemplate.sizes import bounded
from meshctl.gotemplate.types import STRING_LIST
from meshctl.gotemplate.values import TypedList

_REFERENCE = re.compile(r"\$(?:\$|\{(?P<braced>\w+)\}|(?P<name>\w+))")
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except (re2.error, UnicodeEncodeError) as error:
        raise FunctionError(f"{pattern!r} is no regular expression: {error}") from None


def _readable(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _matches(pattern: str, text: str, limit: int = -1) -> Iterator[Any]:
    """Matches that do not overlap; an empty one right after another does not count."""
    compiled, at, end = _compiled(pattern), 0, -1
    while limit and at <= len(text):
        found = compiled.search(text, at)
        if found is None:
            return
        if found.end() > found.start() or found.start() != end:
            yield found
            limit -= 1
        end = found.end()
        at = max(end, at + 1) if found.end() == found.start() else end


def must_match(pattern: str, text: str) -> bool:
    """Whether the expression matches somewhere."""
    return _compiled(pattern).search(_readable(text)) is not None


def match(pattern: str, text: str) -> bool:
    """Whether the expression matches somewhere; what is no expression does not."""
    try:
        return must_match(pattern, text)
    except FunctionError:
        return False


def find(pattern: str, text: str) -> str:
    """The first match, or nothing."""
    found = _compiled(pattern).search(_readable(text))
    return found.group() if found is not None else ""


def find_all(pattern: str, text: str, limit: int) -> TypedList:
    """The matches, at most so many; a negative number means all."""
    found = [match.group() for match in _matches(pattern, _readable(text), limit)]
    return TypedList(STRING_LIST, found or None)


def _expanded(found: Any, template: str) -> str:
    def reference(place: re.Match[str]) -> str:
        name = place["braced"] or place["name"]
        if name is None:
            return "$"
        try:
            return found.group(int(name) if name.isdigit() else name) or ""
        except (IndexError, KeyError, re.error):
            return ""

    return _REFERENCE.sub(reference, template)


def _replaced(pattern: str, text: str, new: Any) -> str:
    text, at = _readable(text), 0
    pieces: list[str] = []
    for found in _matches(pattern, text):
        pieces += (text[at : found.start()], new(found))
        at = found.end()
    pieces.append(text[at:])
    bounded(sum(map(len, pieces)))
    return "".join(pieces)


def replace_all(pattern: str, text: str, new: str) -> str:
    """The text with every match replaced; `$1` and `${name}` stand for groups of the match."""
    return _replaced(pattern, text, lambda found: _expanded(found, new))


def replace_all_literal(pattern: str, text: str, new: str) -> str:
    """The text with every match replaced by the same text."""
    return _replaced(pattern, text, lambda found: new)


def split(pattern: str, text: str, limit: int) -> TypedList:
    """The parts of the text between matches, at most so many; a negative number means all."""
    if limit == 0:
        return TypedList(STRING_LIST, None)
    text = _readable(text)
    if pattern and not text:
        return TypedList(STRING_LIST, [""])
    parts: list[str] = []
    begin = end = 0
    for found in _matches(pattern, text):
        if 0 < limit == len(parts) + 1:
            break
        end = found.start()
        if found.end() != 0:
            parts.append(text[begin:end])
        begin = found.end()
    if end != len(text):
        parts.append(text[begin:])
    return TypedList(STRING_LIST, parts)


def quote_meta(text: str) -> str:
    """An expression that matches just the text."""
    return _SPECIAL.sub(r"\\\g<0>", text)


_REGEX: FunctionMap = {
    "Find": find,
    "FindAll": find_all,
    "QuoteMeta": quote_meta,
    "ReplaceAll": replace_all,
    "ReplaceAllLiteral": replace_all_literal,
    "Split": split,
}

REGEX: FunctionMap = {
    **{f"regex{name}": function for name, function in _REGEX.items()},
    **{f"mustRegex{name}": function for name, function in _REGEX.items() if name != "QuoteMeta"},
    "mustRegexMatch": must_match,
    "regexMatch": match,
}
