"""Text of a template to tokens.

Outside of actions everything is text; the trim markers of the delimiters are applied here, so the parser never sees
them. A text that cannot be cut into tokens ends in an `ERROR` token: the parser reports it when it gets there, unless
something before it is wrong already.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass

from meshctl.gotemplate.quoting import quote

LEFT, RIGHT = "{{", "}}"
WHITE = " \t\r\n"

TEXT, LEFT_DELIM, RIGHT_DELIM, SPACE, EOF, ERROR = "text", "{{", "}}", "space", "EOF", "error"
FIELD, VARIABLE, DOT, NIL, BOOL, IDENTIFIER, KEYWORD = "field", "variable", ".", "nil", "bool", "identifier", "keyword"
NUMBER, COMPLEX, CHAR_CONSTANT, STRING, RAW_STRING = "number", "complex", "char constant", "string", "raw string"
ASSIGN, DECLARE, PIPE, LEFT_PAREN, RIGHT_PAREN, CHAR = "=", ":=", "|", "(", ")", "char"

KEYWORDS = frozenset({"block", "break", "continue", "define", "else", "end", "if", "range", "template", "with"})

_WORD = re.compile(r"[^\W]+")
_STRING = re.compile(r'"(?:[^"\\\n]|\\[^\n])*"')
_CHARACTER = re.compile(r"'(?:[^'\\\n]|\\[^\n])*'")
_NUMBER = re.compile(
    r"[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?"
    r"|0[bB][01_]*(?:\.[01_]*)?|[0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9_]*)?)i?"
)
_SPACES = re.compile(r"[ \t\r\n]+")
_PUNCTUATION = {"=": ASSIGN, "|": PIPE}


@dataclass(slots=True)
class Token:
    """A piece of a template: its kind, its text, and where it begins (a character offset, and a line from 1)."""

    kind: str
    text: str
    position: int
    line: int

    def __str__(self) -> str:
        if self.kind in (EOF, ERROR):
            return self.text
        if self.kind in (KEYWORD, NIL, DOT):
            return f"<{self.text}>"
        return f"{quote(self.text[:10])}..." if len(self.text.encode("utf-8", "replace")) > 10 else quote(self.text)


class _LexError(Exception):
    """The rest of the text cannot be cut into tokens."""


class _Lexer:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[Token] = []
        self.breaks = [found.start() for found in re.finditer("\n", text)]
        self.start = 0

    def emit(self, kind: str, end: int) -> int:
        line = bisect_left(self.breaks, self.start) + 1
        self.tokens.append(Token(kind, self.text[self.start : end], self.start, line))
        self.start = end
        return end

    def fail(self, problem: str) -> _LexError:
        line = bisect_left(self.breaks, self.start) + 1
        self.tokens.append(Token(ERROR, problem, self.start, line))
        return _LexError()

    def run(self) -> list[Token]:
        try:
            while self._text_and_action():
                pass
        except _LexError:
            return self.tokens
        self.tokens.append(Token(EOF, "EOF", len(self.text), len(self.breaks) + 1))
        return self.tokens

    def _text_and_action(self) -> bool:
        """The text up to the next action, and the action; whether there was one."""
        opened = self.text.find(LEFT, self.start)
        end = len(self.text) if opened < 0 else opened
        if opened >= 0 and self._trims_left(opened + 2):
            end = self.start + len(self.text[self.start : opened].rstrip(WHITE))
        if end > self.start:
            self.emit(TEXT, end)
        if opened < 0:
            return False
        inside = opened + (4 if self._trims_left(opened + 2) else 2)
        if self.text.startswith("/*", inside):
            self.start = inside
            self._comment()
        else:
            self.start = opened
            self.emit(LEFT_DELIM, opened + 2)
            self.start = inside
            self._action()
        return True

    def _trims_left(self, at: int) -> bool:
        return self.text.startswith("-", at) and self.text[at + 1 : at + 2] in tuple(WHITE)

    def _closes(self, at: int) -> int:
        """How long the closing delimiter here is: 2, 4 with a trim marker, or 0 for none."""
        if self.text.startswith(RIGHT, at):
            return 2
        return 4 if self.text[at : at + 1] in tuple(WHITE) and self.text.startswith("-" + RIGHT, at + 1) else 0

    def _after_close(self, at: int, length: int) -> None:
        self.start = at + length
        if length == 4:
            found = _SPACES.match(self.text, self.start)
            self.start = found.end() if found else self.start

    def _comment(self) -> None:
        end = self.text.find("*/", self.start + 2)
        if end < 0:
            raise self.fail("unclosed comment")
        length = self._closes(end + 2)
        if not length:
            raise self.fail("comment ends before closing delimiter")
        self._after_close(end + 2, length)

    def _action(self) -> None:
        text, depth = self.text, 0
        while True:
            at = self.start
            length = self._closes(at)
            if length:
                if depth:
                    raise self.fail("unclosed left paren")
                self._close(at, length)
                return
            char = text[at : at + 1]
            if not char:
                raise self.fail("unclosed action")
            if char in WHITE:
                end = self._spaces(at)
                if self._closes(end - 1) == 4 and text[end - 1] in WHITE:
                    if end - at == 1:
                        self._close(at, 4)
                        return
                    end -= 1
                self.emit(SPACE, end)
            elif char == "(":
                depth += 1
                self.emit(LEFT_PAREN, at + 1)
            elif char == ")":
                depth -= 1
                if depth < 0:
                    raise self.fail("unexpected right paren")
                self.emit(RIGHT_PAREN, at + 1)
            else:
                self._operand(char, at)

    def _spaces(self, at: int) -> int:
        found = _SPACES.match(self.text, at)
        return found.end() if found else at

    def _close(self, at: int, length: int) -> None:
        self.start = at + length - 2
        self.emit(RIGHT_DELIM, at + length)
        self._after_close(at, length)

    def _operand(self, char: str, at: int) -> None:
        text = self.text
        if char in _PUNCTUATION:
            self.emit(_PUNCTUATION[char], at + 1)
        elif char == ":":
            if not text.startswith(":=", at):
                raise self.fail("expected :=")
            self.emit(DECLARE, at + 2)
        elif char == '"':
            self._quoted(_STRING, STRING, "unterminated quoted string")
        elif char == "'":
            self._quoted(_CHARACTER, CHAR_CONSTANT, "unterminated character constant")
        elif char == "`":
            end = text.find("`", at + 1)
            if end < 0:
                raise self.fail("unterminated raw quoted string")
            self.emit(RAW_STRING, end + 1)
        elif char == "$":
            self._name(VARIABLE, at + 1, at + 1)
        elif char == "." and at + 1 < len(text) and text[at + 1] not in "0123456789":
            self._name(FIELD, at + 1, at + 1)
        elif char in "+-.0123456789":
            self._number(at)
        elif _is_letter(char):
            self._name(IDENTIFIER, at, at)
        elif char.isascii() and char.isprintable():
            self.emit(CHAR, at + 1)
        else:
            raise self.fail(f"unrecognized character in action: {_code_point(char)}")

    def _quoted(self, pattern: re.Pattern[str], kind: str, problem: str) -> None:
        found = pattern.match(self.text, self.start)
        if not found:
            raise self.fail(problem)
        self.emit(kind, found.end())

    def _word_end(self, at: int) -> int:
        found = _WORD.match(self.text, at)
        if not found:
            return at
        if found.group().isascii():
            return found.end()
        # What Python takes for a letter is a little more than what Go does: other digits, for one.
        end = at
        while end < found.end() and _is_letter(self.text[end]):
            end += 1
        return end

    def _name(self, kind: str, begin: int, at: int) -> None:
        end = self._word_end(at)
        if not self._terminated(end):
            raise self.fail(f"bad character {_code_point(self.text[end])}")
        word = self.text[begin:end]
        if kind == FIELD and not word:
            kind = DOT
        elif kind == IDENTIFIER:
            if word in KEYWORDS:
                kind = KEYWORD
            elif word == "nil":
                kind = NIL
            elif word in ("true", "false"):
                kind = BOOL
        self.emit(kind, end)

    def _terminated(self, at: int) -> bool:
        char = self.text[at : at + 1]
        return not char or char in " \t\r\n.,|:()" or self.text.startswith(RIGHT, at)

    def _number(self, at: int) -> None:
        end = self._number_end(at)
        kind = NUMBER
        if self.text[end : end + 1] in ("+", "-"):
            end = self._number_end(end)
            kind = COMPLEX
            if not self.text[:end].endswith("i"):
                raise self.fail(f"bad number syntax: {quote(self.text[at:end])}")
        self.emit(kind, end)

    def _number_end(self, at: int) -> int:
        found = _NUMBER.match(self.text, at)
        end = found.end() if found else at
        if end < len(self.text) and _is_letter(self.text[end]):
            raise self.fail(f"bad number syntax: {quote(self.text[self.start : end + 1])}")
        return end


def _is_letter(char: str) -> bool:
    return char == "_" or char.isalpha() or char.isdecimal()


def _code_point(char: str) -> str:
    shown = f" '{char}'" if char.isprintable() else ""
    return f"U+{ord(char):04X}{shown}"


def tokens(text: str) -> list[Token]:
    """The tokens of a template, ending in `EOF` or in `ERROR`, whose text is the problem."""
    return _Lexer(text).run()
