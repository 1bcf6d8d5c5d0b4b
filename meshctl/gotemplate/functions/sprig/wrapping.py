"""Strings: lines of a width."""

from __future__ import annotations

from meshctl.gotemplate.function import FunctionMap
from meshctl.gotemplate.functions.text import byte_length, byte_slice


def _wrapped(width: int, separator: str, text: str, *, cuts_words: bool) -> str:
    width = max(width, 1)
    separator = separator or "\n"
    have, at = byte_length(text), 0
    lines = []
    while have - at > width:
        if byte_slice(text, at, at + 1) == " ":
            at += 1
            continue
        end = at + width + 1
        space = byte_slice(text, at, end).rfind(" ")
        space = -1 if space < 0 else at + len(byte_slice(text, at, end)[:space].encode("utf-8", "surrogateescape"))
        if space >= at:
            lines.append(byte_slice(text, at, space))
            at = space + 1
        elif cuts_words:
            lines.append(byte_slice(text, at, at + width))
            at += width
        else:
            rest = byte_slice(text, at + width, have)
            space = rest.find(" ")
            if space < 0:
                break
            space = at + width + len(rest[:space].encode("utf-8", "surrogateescape"))
            lines.append(byte_slice(text, at, space))
            at = space + 1
    lines.append(byte_slice(text, at, have))
    return separator.join(lines)


def wrap(width: int, text: str) -> str:
    """The text in lines of a width; a longer word has a line of its own."""
    return _wrapped(width, "", text, cuts_words=False)


def wrap_with(width: int, separator: str, text: str) -> str:
    """The text in pieces of a width with a separator between them; longer words are cut."""
    return _wrapped(width, separator, text, cuts_words=True)


WRAPPING: FunctionMap = {"wrap": wrap, "wrapWith": wrap_with}
