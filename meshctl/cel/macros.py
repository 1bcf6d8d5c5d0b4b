"""What the macros of the language demand of their arguments: a parser of CEL refuses the rest."""

from __future__ import annotations

from meshctl.cel.errors import CelSyntaxError
from meshctl.cel.parse import Node, parse

_ARGUMENTS = {"all": (2,), "exists": (2,), "exists_one": (2,), "filter": (2,), "map": (2, 3)}
"""Macros over lists, and how many arguments make one of them; with any other number it is a plain function."""


def check_expression(text: str) -> None:
    """Raises `CelSyntaxError` where a parser of CEL refuses a text; functions and types are not looked at."""
    stack: list[Node | list[Node]] = [parse(text)]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple) and node:
            _check(node)
        stack.extend(part for part in node if isinstance(part, tuple | list))


def _check(node: Node) -> None:
    if node[0] == "call" and node[1] == "has" and len(node[2]) == 1 and node[2][0][0] != "member":
        raise CelSyntaxError("has() takes a field, as in has(a.b)", 1)
    if node[0] == "method" and len(node[3]) in _ARGUMENTS.get(node[2], ()) and node[3][0][0] != "ident":
        raise CelSyntaxError(f"{node[2]}() needs the name of a variable first", 1)
