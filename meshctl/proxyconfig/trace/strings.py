"""How a text is matched: Envoy's string matcher."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from meshctl.proxyconfig.envoy import decode, decoded
from meshctl.proxyconfig.judgement import Judgement, unknown
from meshctl.proxyconfig.matchers import StringMatcher


def matches(matcher: StringMatcher, text: str) -> bool | None:
    """Whether the text fits; None for an extension, of which nothing is known."""
    if matcher.safe_regex is not None:
        return regex_matches(matcher.safe_regex.regex, text)
    if matcher.custom:
        return None
    fold = str.lower if matcher.ignore_case else str
    text = fold(text)
    if matcher.prefix is not None:
        return text.startswith(fold(matcher.prefix))
    if matcher.suffix is not None:
        return text.endswith(fold(matcher.suffix))
    if matcher.contains is not None:
        return fold(matcher.contains) in text
    return text == fold(matcher.exact or "")


def judged(text: str, what: str, matcher: Any) -> Judgement:
    """Whether a text fits a string matcher, given as data of JSON."""
    read = decode(msgspec.json.encode(matcher), StringMatcher)
    fits = matches(read, text)
    if fits is None:
        return unknown(f"{what} is judged by an extension")
    given = f"{what} is {text!r}" if text else f"there is no {what.removeprefix('the ')}"
    return Judgement(fits, given, described(read))


def regex_matches(regex: str, text: str) -> bool:
    """Whether a regular expression of RE2 fits the whole text; Envoy never holds one that is wrong."""
    pattern = compiled(regex)
    return pattern is not None and bool(pattern.fullmatch(text))


def described(matcher: StringMatcher) -> str:
    """The condition in a few words."""
    case = ", whatever the case" if matcher.ignore_case else ""
    if matcher.safe_regex is not None:
        return f"matches {matcher.safe_regex.regex}"
    for word, value in (("begins with", matcher.prefix), ("ends in", matcher.suffix), ("contains", matcher.contains)):
        if value is not None:
            return f"{word} {value}{case}"
    return f"fits {decoded_name(matcher)}" if matcher.custom else f"is {matcher.exact or 'empty'}{case}"


def decoded_name(matcher: StringMatcher) -> str:
    """The name of the extension of a matcher."""
    found = decoded(matcher.custom)
    return str(found.get("name", "an extension")) if isinstance(found, dict) else "an extension"


@cache
def compiled(regex: str) -> Any:
    """The pattern of a regular expression; None for one that Envoy would refuse too, of which RE2 would write a log."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(regex, options)
    except (re2.error, UnicodeEncodeError):
        return None
