"""Text to syntax tree, by the grammar of the CEL language definition.

A node is a tuple of its name and its parts:

    ("literal", value)  ("ident", name)  ("member", node, name)  ("index", node, node)
    ("call", name, arguments)  ("method", node, name, arguments)
    ("list", nodes)  ("map", pairs)  ("message", name, pairs)
    ("unary", operator, node)  ("binary", operator, node, node)  ("ternary", node, node, node)
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from meshctl.cel.errors import CelSyntaxError

Node: TypeAlias = tuple[Any, ...]

MAX_DEPTH = 100
"""How deep expressions may be nested; Kubernetes and Envoy refuse such ones for their cost."""

_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r\n\f]+|//[^\n]*)
  | (?P<float>(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?))
  | (?P<int>0[xX][0-9a-fA-F]+[uU]?|\d+[uU]?)
  | (?P<string>[rRbB]{0,2}(?:\"\"\"(?:\\.|[^\\])*?\"\"\"|'''(?:\\.|[^\\])*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
  | (?P<ident>[A-Za-z_][A-Za-z0-9_]*|`[A-Za-z0-9_.\-/ ]+`)
  | (?P<op>\|\||&&|==|!=|<=|>=|[-+*/%!<>?:.,()\[\]{}])
    """,
    re.VERBOSE | re.DOTALL,
)

_RESERVED = frozenset(
    "as break const continue else for function if import let loop package namespace return var void while".split()
)
_LITERALS = {"true": True, "false": False, "null": None}
_RELATIONS = {"<", "<=", ">=", ">", "==", "!=", "in"}
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPE = re.compile(
    r"\\(?:([abfnrtv\\?\"'`])|x([0-9a-fA-F]{2})|X([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))",
    re.DOTALL,
)


def parse(text: str) -> Node:
    """The syntax tree of an expression; raises `CelSyntaxError`."""
    parser = _Parser(_tokens(text))
    tree = parser.expression()
    parser.expect("end")
    return tree


def _tokens(text: str) -> list[tuple[str, str, int]]:
    found = []
    position = 0
    while position < len(text):
        # A raw string has no escapes, so it ends at the first quote.
        match = _RAW.match(text, position) or _TOKEN.match(text, position)
        if match is None:
            raise CelSyntaxError(f"unexpected {text[position]!r}", position + 1)
        kind = match.lastgroup or ""
        if kind != "space":
            found.append((kind, match.group(), position + 1))
        position = match.end()
    found.append(("end", "", len(text) + 1))
    return found


_RAW = re.compile(r"(?P<string>(?:[rR][bB]?|[bB][rR])(?:\"\"\".*?\"\"\"|'''.*?'''|\"[^\"\n]*\"|'[^'\n]*'))", re.DOTALL)


class _Parser:
    def __init__(self, tokens: list[tuple[str, str, int]]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    def _peek(self) -> str:
        kind, text, _ = self._tokens[self._next]
        return text if kind == "op" or (kind == "ident" and text == "in") else ""

    def _take(self) -> tuple[str, str, int]:
        token = self._tokens[self._next]
        self._next += 1
        return token

    def _accept(self, *operators: str) -> str:
        found = self._peek()
        if found and found in operators:
            self._next += 1
            return found
        return ""

    def expect(self, wanted: str) -> None:
        """Takes the wanted operator, or the end."""
        kind, text, column = self._take()
        if (kind != "end") if wanted == "end" else (kind != "op" or text != wanted):
            what = f"unexpected {text!r}" if text else "the expression ends too early"
            raise CelSyntaxError(what, column)

    def expression(self) -> Node:
        """`a ? b : c`, or anything that binds tighter."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise CelSyntaxError("nested too deeply", self._tokens[self._next][2])
        found = self._or()
        if self._accept("?"):
            then = self._or()
            self.expect(":")
            found = ("ternary", found, then, self.expression())
        self._depth -= 1
        return found

    def _or(self) -> Node:
        found = self._and()
        while self._accept("||"):
            found = ("binary", "||", found, self._and())
        return found

    def _and(self) -> Node:
        found = self._relation()
        while self._accept("&&"):
            found = ("binary", "&&", found, self._relation())
        return found

    def _relation(self) -> Node:
        found = self._sum()
        while operator := self._accept(*_RELATIONS):
            found = ("binary", operator, found, self._sum())
        return found

    def _sum(self) -> Node:
        found = self._product()
        while operator := self._accept("+", "-"):
            found = ("binary", operator, found, self._product())
        return found

    def _product(self) -> Node:
        found = self._unary()
        while operator := self._accept("*", "/", "%"):
            found = ("binary", operator, found, self._unary())
        return found

    def _unary(self) -> Node:
        operators = []
        while operator := self._accept("!", "-"):
            operators.append(operator)
        found = self._member()
        for operator in reversed(operators):
            found = ("unary", operator, found)
        return found

    def _member(self) -> Node:
        found = self._primary()
        while operator := self._accept(".", "[", "{"):
            if operator == "[":
                found = ("index", found, self.expression())
                self.expect("]")
            elif operator == "{":
                found = ("message", found, self._pairs(":", "}"))
            else:
                name = self._name(selector=True)
                found = ("method", found, name, self._list(")")) if self._accept("(") else ("member", found, name)
        return found

    def _name(self, *, selector: bool = False) -> str:
        kind, text, column = self._take()
        if kind != "ident" or (text in _RESERVED and not selector) or text in ("in", *(_LITERALS if selector else ())):
            raise CelSyntaxError("a name is missing" if not text else f"{text!r} is no name", column)
        return text.strip("`")

    def _primary(self) -> Node:
        kind, text, column = self._tokens[self._next]
        if kind == "ident":
            if text in _LITERALS:
                self._next += 1
                return ("literal", _LITERALS[text])
            name = self._name()
            return ("call", name, self._list(")")) if self._accept("(") else ("ident", name)
        self._next += 1
        if kind == "string":
            return ("literal", _string(text, column))
        if kind == "int":
            return ("literal", _whole(text, column))
        if kind == "float":
            return ("literal", float(text))
        if text == "(":
            found = self.expression()
            self.expect(")")
            return found
        if text == "[":
            return ("list", self._list("]"))
        if text == "{":
            return ("map", self._pairs(":", "}"))
        if text == ".":
            return ("ident", self._name())
        raise CelSyntaxError(f"unexpected {text!r}" if text else "the expression ends too early", column)

    def _list(self, end: str) -> list[Node]:
        found: list[Node] = []
        while not self._accept(end):
            if found:
                self.expect(",")
                if end != ")" and self._accept(end):
                    break
            found.append(self.expression())
        return found

    def _pairs(self, between: str, end: str) -> list[tuple[Node, Node]]:
        found: list[tuple[Node, Node]] = []
        while not self._accept(end):
            if found:
                self.expect(",")
                if self._accept(end):
                    break
            key = self.expression()
            self.expect(between)
            found.append((key, self.expression()))
        return found


def _whole(text: str, column: int) -> int:
    """A whole number; `-` in front of one is an operator, so 2**63 has to pass."""
    digits = text.rstrip("uU")
    hexadecimal = digits[:2] in ("0x", "0X")
    if len(digits) < 40:  # longer ones take long to read, and are too large unless they are mostly zeros
        found = int(digits, 16 if hexadecimal else 10)
        largest = 2**64 - 1 if digits != text else 2**63
        if found <= largest:
            return found
    raise CelSyntaxError("the number is too large for 64 bits", column)


def _string(text: str, column: int) -> str | bytes:
    prefix = text[: min(text.find('"') % len(text), text.find("'") % len(text))].lower()
    body = text[len(prefix) :]
    quotes = 3 if body[:3] in ('"""', "'''") else 1
    body = body[quotes:-quotes]
    if "r" not in prefix:
        body = _ESCAPE.sub(lambda match: _unescape(match, column), body)
    return body.encode() if "b" in prefix else body


def _unescape(match: re.Match[str], column: int) -> str:
    simple, *codes, octal, wrong = match.groups()
    if wrong is not None:
        raise CelSyntaxError(f"unknown escape \\{wrong}", column)
    if simple is not None:
        return _ESCAPES.get(simple, simple)
    number = int(octal, 8) if octal else int(next(code for code in codes if code), 16)
    if number > 0x10FFFF:
        raise CelSyntaxError("no such character", column)
    return chr(number)
