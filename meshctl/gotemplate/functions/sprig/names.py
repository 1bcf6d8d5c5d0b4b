"""Names of several words in one piece: `snake_case`, `kebab-case`, `CamelCase`."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from meshctl.gotemplate.function import FunctionMap
from meshctl.gotemplate.functions.sprig.cases import lower, upper

_CONNECTOR, _PUNCTUATION, _UPPER, _LETTERS, _NUMBER, _OTHER, _NONE = range(7)
_JOINED = (_LETTERS, _NUMBER)
_ENDS = (_NONE, _PUNCTUATION, _CONNECTOR)


def _is_connector(char: str) -> bool:
    return char in "-_" or char.isspace()


def _is_alphabet(char: str) -> bool:
    """Letters that form words: those of Chinese, Japanese and Korean stand for themselves."""
    code = ord(char)
    ideograph = 0x2E80 <= code <= 0x9FFF or 0xAC00 <= code <= 0xD7FF or 0xF900 <= code <= 0xFAFF or code >= 0x1F000
    return char.isalpha() and not ideograph


def _kind(char: str) -> int:
    if _is_connector(char):
        return _CONNECTOR
    category = unicodedata.category(char)
    if category[0] == "P":
        return _PUNCTUATION
    if category == "Lu":
        return _UPPER
    if _is_alphabet(char):
        return _LETTERS
    return _NUMBER if category[0] == "N" else _OTHER


def _words(text: str) -> Iterator[tuple[int, str]]:
    """The words of a name: `HTTPServer2` is `HTTP`, `Server` and `2`."""
    kinds = [_kind(char) for char in text]
    at = 0
    while at < len(text):
        end, kind = at + 1, kinds[at]
        if kind == _UPPER:
            while end < len(text) and kinds[end] == _UPPER:
                end += 1
            if end < len(text) and kinds[end] == _LETTERS:
                if end - at > 1:
                    end -= 1  # the last capital begins the next word
                else:
                    while end < len(text) and kinds[end] == _LETTERS:
                        end += 1
        else:
            while end < len(text) and kinds[end] == kind:
                end += 1
        yield kind, text[at:end]
        at = end
    yield _NONE, ""


def _small(word: str) -> str:
    return "".join(lower(char) if char.isupper() and unicodedata.category(char) == "Lu" else char for char in word)


class _Joiner:
    """Writes the words of a name in small letters, with a connector where a new word begins."""

    def __init__(self, text: str, connector: str) -> None:
        self.words = list(_words(text))
        self.connector = connector
        self.at = 0
        self.pieces: list[str] = []

    def kind(self, ahead: int = 0) -> int:
        return self.words[min(self.at + ahead, len(self.words) - 1)][0]

    def write(self) -> None:
        kind, word = self.words[self.at]
        self.pieces.append(self.connector * len(word) if kind == _CONNECTOR else _small(word))
        self.at += 1

    def connect(self) -> None:
        if self.kind() not in _ENDS:
            self.pieces.append(self.connector)

    def joined(self) -> str:
        while self.at < len(self.words) - 1:
            kind = self.kind()
            self.write()
            if kind in (_CONNECTOR, _PUNCTUATION):
                continue
            if kind == _NUMBER:
                self._after_number()
            elif self.kind() != _NUMBER:
                self.connect()
            elif self.kind(1) == _LETTERS:
                self.pieces.append(self.connector)  # a number with small letters after it begins a word
                self.write()
                self._after_number()
            elif self.kind(1) != _NONE:
                self.write()
                self.connect()
        return "".join(self.pieces)

    def _after_number(self) -> None:
        while self.kind() in _JOINED:
            self.write()
        self.connect()


def snakecase(text: str) -> str:
    """The words in small letters with underscores between them."""
    return _Joiner(text, "_").joined()


def kebabcase(text: str) -> str:
    """The words in small letters with hyphens between them."""
    return _Joiner(text, "-").joined()


def camelcase(text: str) -> str:
    """The words in one piece, each with a capital; connectors at the start and doubled ones stay."""
    start = 0
    while start < len(text) and _is_connector(text[start]):
        start += 1
    if start >= len(text):
        return text + text[-1:]
    pieces = [text[:start]]
    held = upper(text[start])
    in_capitals = text[start].isupper()
    for char in text[start + 1 :]:
        if _is_connector(char) and _is_connector(held):
            pieces.append(held)
            continue
        if _is_connector(held):
            in_capitals = char.isupper()
            held = upper(char)
            continue
        pieces.append(held)
        in_capitals = in_capitals and char.isupper()
        held = lower(char) if in_capitals else char
    return "".join([*pieces, held])


NAMES: FunctionMap = {"camelcase": camelcase, "kebabcase": kebabcase, "snakecase": snakecase}
