"""Strings: upper and lower case, and names written in one piece."""

from __future__ import annotations

import random
import re

from meshctl.gotemplate.function import FunctionMap

_SPACE = re.compile(r"\s")


def upper(text: str) -> str:
    """The text in capitals, character by character."""
    return "".join(_one(char, char.upper()) for char in text)


def lower(text: str) -> str:
    """The text in small letters, character by character."""
    return "".join(_one(char, char.lower()) for char in text)


def _one(char: str, changed: str) -> str:
    """Go changes each character into one other; where Python knows several, the character stays or is shortened."""
    if len(changed) == 1:
        return changed
    return {"İ": "i"}.get(char, char)


def _title(char: str) -> str:
    return _one(char, char.title())


def title(text: str) -> str:
    """The first letter of each word as a capital."""
    pieces, before = [], " "
    for char in text:
        starts = before.isspace() or (before.isascii() and not (before.isalnum() or before == "_"))
        pieces.append(_title(char) if starts else char)
        before = char
    return "".join(pieces)


def untitle(text: str) -> str:
    """The first letter of each word as a small one."""
    return "".join(lower(char) if not at or text[at - 1].isspace() else char for at, char in enumerate(text))


def swapcase(text: str) -> str:
    """Capitals as small letters and small letters as capitals."""
    pieces, after_space = [], True
    for char in text:
        if char.isupper() or char.istitle():
            pieces.append(lower(char))
            after_space = False
        elif char.islower():
            pieces.append(_title(char) if after_space else upper(char))
            after_space = False
        else:
            pieces.append(char)
            after_space = char.isspace()
    return "".join(pieces)


def nospace(text: str) -> str:
    """The text without white space."""
    return "".join(char for char in text if not char.isspace())


def initials(text: str) -> str:
    """The first letters of the words."""
    return "".join(char for at, char in enumerate(text) if not char.isspace() and (not at or text[at - 1].isspace()))


def shuffle(text: str) -> str:
    """The characters in another order, a different one each time."""
    characters = list(text)
    random.shuffle(characters)
    return "".join(characters)


CASES: FunctionMap = {
    "initials": initials,
    "lower": lower,
    "nospace": nospace,
    "shuffle": shuffle,
    "swapcase": swapcase,
    "title": title,
    "untitle": untitle,
    "upper": upper,
}
