"""How the headers of a request are matched: by routes and by access rules."""

from __future__ import annotations

from collections.abc import Sequence

from meshctl.proxyconfig.matchers import HeaderMatcher, StringMatcher
from meshctl.proxyconfig.trace import strings
from meshctl.proxyconfig.views.route_match import CONFIDENTIAL, HIDDEN

_PSEUDO = {":method": "method", ":authority": "host", ":path": "path with query", ":scheme": "scheme"}


def matches(header: HeaderMatcher, values: Sequence[str]) -> bool | None:
    """Whether a header fits: any of its values does, inverted where that is asked for.

    One that is missing fits no condition on a value, inverted or not, unless it is to be taken as empty.
    """
    matcher = _string(header)
    if header.range_match is None and matcher is None:
        present = True if header.present_match is None else header.present_match
        there = bool(values) or header.treat_missing_header_as_empty
        return (there == present) != header.invert_match
    if not values:
        if not header.treat_missing_header_as_empty:
            return False
        values = ("",)
    if matcher is not None:
        found = [strings.matches(matcher, value) for value in values]
        if None in found:
            return None
        return any(found) != header.invert_match
    assert header.range_match is not None
    start, end = int(header.range_match.start), int(header.range_match.end)
    numbers = map(_integer, values)
    return any(number is not None and start <= number < end for number in numbers) != header.invert_match


def _string(header: HeaderMatcher) -> StringMatcher | None:
    """The condition on the text, also where it is written in one of the forms of older Envoys."""
    if header.string_match is not None:
        return header.string_match
    if header.exact_match is not None:
        return StringMatcher(exact=header.exact_match)
    if header.prefix_match is not None:
        return StringMatcher(prefix=header.prefix_match)
    if header.suffix_match is not None:
        return StringMatcher(suffix=header.suffix_match)
    if header.contains_match is not None:
        return StringMatcher(contains=header.contains_match)
    return StringMatcher(safe_regex=header.safe_regex_match) if header.safe_regex_match is not None else None


def wanted(header: HeaderMatcher) -> str:
    """The condition in a few words; nothing is said of a secret."""
    if header.name.lower() in CONFIDENTIAL:
        return HIDDEN
    if header.range_match is not None:
        return f"from {header.range_match.start} to before {header.range_match.end}"
    matcher = _string(header)
    if matcher is not None:
        return strings.described(matcher)
    return "it is not there" if header.present_match is False else "it is there"


def _integer(text: str) -> int | None:
    text = text.strip()
    digits = text[1:] if text[:1] in ("-", "+") else text
    return int(text) if digits.isascii() and digits.isdigit() else None


def named(header: HeaderMatcher) -> str:
    """What the condition is about."""
    return _PSEUDO.get(header.name, f"header {header.name}")


def given(header: HeaderMatcher, values: Sequence[str]) -> str:
    """What the request has there."""
    secret = header.name.lower() in CONFIDENTIAL
    shown = HIDDEN if secret else " and ".join(map(repr, values))
    return f"{named(header)} is {shown}" if values else f"there is no {named(header)}"
