"""What a plain YAML scalar means to the YAML library of Kubernetes and Helm: YAML 1.1, with a few rules of its own."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Any

from meshctl.gotemplate.numbers import parse_float, parse_int

STRING = object()
"""What `resolved` gives for a text that is a string."""

_WORDS: dict[str, Any] = {
    **dict.fromkeys("y Y yes Yes YES true True TRUE on On ON".split(), True),
    **dict.fromkeys("n N no No NO false False FALSE off Off OFF".split(), False),
    **dict.fromkeys(["", "~", "null", "Null", "NULL"]),
    **dict.fromkeys([".nan", ".NaN", ".NAN"], float("nan")),
    **{sign + word: float("inf") for sign in ("", "+") for word in (".inf", ".Inf", ".INF")},
    **dict.fromkeys(["-.inf", "-.Inf", "-.INF"], float("-inf")),
}
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_TIME = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
    r"(?:(?:[Tt](?P<h>[0-9]{1,2}):(?P<m>[0-9]{1,2}):(?P<s>[0-9]{1,2})(?:[.,][0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2}))"
    r"| +(?P<h2>[0-9]{1,2}):(?P<m2>[0-9]{1,2}):(?P<s2>[0-9]{1,2})(?:[.,][0-9]+)?)?"
)
_FIRST = frozenset("yYnNtTfFoO~0123456789+-.")


def resolved(text: str) -> Any:
    """The value of a plain scalar: None, a bool, a number or a time (as its text), or `STRING`."""
    if not text:
        return None
    if text[0] not in _FIRST:
        return STRING
    if text in _WORDS:
        return _WORDS[text]
    if text[0] == ".":
        number = parse_float(text)
        return STRING if number is None else number
    if text[0].isalpha() or text[0] == "~":
        return STRING
    if _is_time(text):
        return text
    return _number(text.replace("_", ""))


def _number(text: str) -> Any:
    number = parse_int(text)
    if number is not None and -(1 << 63) <= number < 1 << 64:
        return number
    if _FLOAT.fullmatch(text):
        return float(text)
    return STRING


def _is_time(text: str) -> bool:
    found = _TIME.fullmatch(text)
    if not found:
        return False
    hours = int(found["h"] or found["h2"] or 0)
    minutes = int(found["m"] or found["m2"] or 0)
    seconds = int(found["s"] or found["s2"] or 0)
    if hours > 23 or minutes > 59 or seconds > 59:
        return False
    try:
        # A year 0 is fine for Go, and a leap year.
        date(int(found["year"]) or 4, int(found["month"]), int(found["day"]))
    except ValueError:
        return False
    return True


@lru_cache(maxsize=4096)
def is_plain(text: str) -> bool:
    """Whether a text, written without quotes, is read as a string."""
    return resolved(text) is STRING and not _SEXAGESIMAL.fullmatch(text)
