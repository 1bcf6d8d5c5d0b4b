"""Go's `printf`: the format and its verbs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from meshctl.gotemplate.format_numbers import Spec
from meshctl.gotemplate.formatting import INTEGERS, formatted, shown
from meshctl.gotemplate.sizes import bounded
from meshctl.gotemplate.values import type_of

LARGEST = 1_000_000
"""The greatest width or precision; a greater one counts as a mistake."""


def sprintf(format_: str, args: Sequence[Any]) -> str:
    """The format with its verbs replaced by the values; mistakes are shown in the text, as Go does."""
    if "%" not in format_ and not args:
        return format_
    return _Formatter(format_, args).text()


class _Formatter:
    def __init__(self, format_: str, args: Sequence[Any]) -> None:
        self.format = format_
        self.args = args
        self.at = 0
        self.next = 0
        self.reordered = False
        self.good_index = True
        self.after_index = False
        self.pieces: list[str] = []

    def text(self) -> str:
        while True:
            percent = self.format.find("%", self.at)
            if percent < 0:
                self.pieces.append(self.format[self.at :])
                break
            self.pieces.append(self.format[self.at : percent])
            self.at = percent + 1
            self.directive()
        if not self.reordered and self.next < len(self.args):
            extra = ", ".join(
                "<nil>" if arg is None else f"{type_of(arg).name}={shown(arg)}" for arg in self.args[self.next :]
            )
            self.pieces.append(f"%!(EXTRA {extra})")
        bounded(sum(map(len, self.pieces)))
        return "".join(self.pieces)

    def peek(self) -> str:
        return self.format[self.at : self.at + 1]

    def directive(self) -> None:
        if self.next < len(self.args):
            value, verb = self.args[self.next], self.format[self.at : self.at + 1]
            if (type(value) is str and verb in ("s", "v")) or (type(value) in INTEGERS and verb in ("d", "v")):
                self.pieces.append(value if type(value) is str else int.__repr__(value))
                self.next += 1
                self.at += 1
                return
        spec = Spec()
        self.good_index = True
        while flag := {"#": "sharp", "0": "zero", "+": "plus", "-": "minus", " ": "space"}.get(self.peek()):
            setattr(spec, flag, True)
            self.at += 1
        self.after_index = False
        self.index()
        self.width(spec)
        if self.peek() == "." and self.at + 1 < len(self.format):
            self.precision(spec)
        if not self.after_index:
            self.index()
        verb = self.peek()
        if not verb:
            self.pieces.append("%!(NOVERB)")
            return
        self.at += 1
        self.pieces.append(self.shown(verb, spec))

    def shown(self, verb: str, spec: Spec) -> str:
        if verb == "%":
            return "%"
        if not self.good_index:
            return f"%!{verb}(BADINDEX)"
        if self.next >= len(self.args):
            return f"%!{verb}(MISSING)"
        if verb in ("v", "w"):
            spec.sharp_v, spec.sharp = spec.sharp, False
            spec.plus_v, spec.plus = spec.plus, False
        value = self.args[self.next]
        self.next += 1
        return formatted(value, verb, spec)

    def width(self, spec: Spec) -> None:
        if self.peek() == "*":
            self.at += 1
            spec.width = self.star()
            if spec.width is None:
                self.pieces.append("%!(BADWIDTH)")
            elif spec.width < 0:
                spec.width, spec.minus, spec.zero = -spec.width, True, False
            self.after_index = False
            return
        spec.width = self.number()
        if self.after_index and spec.width is not None:
            self.good_index = False

    def precision(self, spec: Spec) -> None:
        self.at += 1
        if self.after_index:
            self.good_index = False
        self.index()
        if self.peek() == "*":
            self.at += 1
            spec.precision = self.star()
            if spec.precision is not None and spec.precision < 0:
                spec.precision = None
            if spec.precision is None:
                self.pieces.append("%!(BADPREC)")
            self.after_index = False
            return
        spec.precision = self.number() or 0

    def number(self) -> int | None:
        """The digits here; none, and nothing after them either, if the number is too great."""
        end = self.at
        while end < len(self.format) and self.format[end] in "0123456789":
            if end > self.at and int(self.format[self.at : end]) > LARGEST:
                self.at = len(self.format)
                return None
            end += 1
        text, self.at = self.format[self.at : end], end
        return int(text) if text else None

    def star(self) -> int | None:
        """A width or precision taken from the arguments."""
        if self.next >= len(self.args):
            return None
        value = self.args[self.next]
        self.next += 1
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST:
            return None
        return int(value)

    def index(self) -> None:
        """The number of an argument in brackets, if there is one here."""
        self.after_index = False
        if self.peek() != "[":
            return
        self.reordered = True
        end = self.format.find("]", self.at)
        if end < 0:
            self.at += 1
            self.good_index = False
            return
        digits = self.format[self.at + 1 : end]
        self.at = end + 1
        valid = digits.isascii() and digits.isdigit() and int(digits[:8]) <= LARGEST
        if valid and 1 <= int(digits) <= len(self.args):
            self.next = int(digits) - 1
            self.after_index = True
            return
        self.good_index = False
        self.after_index = valid
