"""Syntax tree to closures: an expression is compiled once and then evaluated on many values.

Sources: the CEL language definition, and the list of extension functions in the Kubernetes documentation.
"""

from __future__ import annotations

import re as _re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from meshctl.cel.errors import CelError, CelSyntaxError
from meshctl.cel.functions import FUNCTIONS, METHODS
from meshctl.cel.parse import Node, parse

Variables: TypeAlias = dict[str, Any]
Evaluate: TypeAlias = Callable[[Variables], Any]

_ESCAPED = _re.compile(r"__(\w+)__")


class Program:
    """A compiled expression; call it with the variables."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = parse(text)
        self._evaluate = _compile(self.tree)

    def __call__(self, /, **variables: Any) -> Any:
        """The value of the expression; raises `CelError` where it has none."""
        return self._evaluate(variables)


def compile_expression(text: str) -> Program:
    """Compiles an expression; raises `CelSyntaxError` also for a function that does not exist."""
    return Program(text)


def _compile(node: Node) -> Evaluate:
    return _COMPILERS[node[0]](node)


def _literal(node: Node) -> Evaluate:
    value = node[1]
    return lambda variables: value


def _ident(node: Node) -> Evaluate:
    name = node[1]

    def evaluate(variables: Variables) -> Any:
        try:
            return variables[name]
        except KeyError:
            raise CelError(f"{name} is not defined") from None

    return evaluate


def _field_name(name: str) -> str:
    """Kubernetes writes a field whose name is a reserved word as `__namespace__`."""
    match = _ESCAPED.fullmatch(name)
    return match.group(1) if match else name


def _member(node: Node) -> Evaluate:
    of, name = _compile(node[1]), _field_name(node[2])

    def evaluate(variables: Variables) -> Any:
        value = of(variables)
        if type(value) is dict and name in value:
            return value[name]
        raise CelError(f"there is no field {name}")

    return evaluate


def _index(node: Node) -> Evaluate:
    of, at = _compile(node[1]), _compile(node[2])

    def evaluate(variables: Variables) -> Any:
        value, key = of(variables), at(variables)
        try:
            if isinstance(value, list) and type(key) is int and key >= 0:
                return value[key]
            if isinstance(value, dict):
                return value[key]
        except (IndexError, KeyError, TypeError):
            pass
        raise CelError("there is no such item")

    return evaluate


def _call(node: Node) -> Evaluate:
    name, arguments = node[1], node[2]
    if name == "has":
        return _has(arguments)
    function = FUNCTIONS.get(name)
    if function is None:
        raise CelSyntaxError(f"there is no function {name}", 1)
    return _applied(function, [_compile(argument) for argument in arguments])


_FAILURES = (TypeError, ValueError, AttributeError, IndexError, ArithmeticError)


def _applied(function: Callable[..., Any], operands: list[Evaluate]) -> Evaluate:
    """A function of the values of its operands; two, as most have, are not made a list, for speed."""

    def evaluate(variables: Variables) -> Any:
        try:
            return function(*[operand(variables) for operand in operands])
        except _FAILURES as error:
            raise CelError(str(error)) from error

    def evaluate_two(variables: Variables) -> Any:
        try:
            return function(first(variables), second(variables))
        except _FAILURES as error:
            raise CelError(str(error)) from error

    if len(operands) != 2:
        return evaluate
    first, second = operands
    return evaluate_two


def _has(arguments: list[Node]) -> Evaluate:
    if len(arguments) != 1 or arguments[0][0] != "member":
        raise CelSyntaxError("has() takes a field", 1)
    of, name = _compile(arguments[0][1]), _field_name(arguments[0][2])

    def evaluate(variables: Variables) -> Any:
        value = of(variables)
        if type(value) is not dict:
            raise CelError("has() needs an object")
        return value.get(name) is not None

    return evaluate


def _method(node: Node) -> Evaluate:
    _, target, name, arguments = node
    if name in _MACROS and len(arguments) == 2 and arguments[0][0] == "ident":
        return _MACROS[name](_compile(target), arguments[0][1], _compile(arguments[1]))
    if target == ("ident", "format") and name in ("dns1123Label", "dns1123Subdomain"):
        return lambda variables: name
    function = METHODS.get(name)
    if function is None:
        raise CelSyntaxError(f"there is no function {name}", 1)
    return _applied(function, [_compile(target), *(_compile(argument) for argument in arguments)])


def _items(value: Any) -> list[Any]:
    if isinstance(value, list | dict):
        return list(value)
    raise CelError("only lists and maps have items")


def _boolean(value: Any) -> bool:
    if type(value) is bool:
        return value
    raise CelError("not a truth value")


def _count(limit: int) -> Callable[[Evaluate, str, Evaluate], Evaluate]:
    """`exists_one`: stops as soon as more items than the limit fit."""

    def macro(of: Evaluate, name: str, predicate: Evaluate) -> Evaluate:
        def evaluate(variables: Variables) -> Any:
            inner = dict(variables)
            count = 0
            for inner[name] in _items(of(variables)):
                if _boolean(predicate(inner)):
                    count += 1
            return count == limit

        return evaluate

    return macro


def _quantifier(decisive: bool) -> Callable[[Evaluate, str, Evaluate], Evaluate]:
    """`all` (decided by the first false) and `exists` (by the first true); errors count only when nothing decides."""

    def macro(of: Evaluate, name: str, predicate: Evaluate) -> Evaluate:
        def evaluate(variables: Variables) -> Any:
            inner = dict(variables)
            failure: CelError | None = None
            for item in _items(of(variables)):
                inner[name] = item
                try:
                    if _boolean(predicate(inner)) is decisive:
                        return decisive
                except CelError as error:
                    failure = error
            if failure is not None:
                raise failure
            return not decisive

        return evaluate

    return macro


def _filter(of: Evaluate, name: str, predicate: Evaluate) -> Evaluate:
    def evaluate(variables: Variables) -> Any:
        inner = dict(variables)
        found = []
        for item in _items(of(variables)):
            inner[name] = item
            if _boolean(predicate(inner)):
                found.append(item)
        return found

    return evaluate


def _map(of: Evaluate, name: str, transform: Evaluate) -> Evaluate:
    def evaluate(variables: Variables) -> Any:
        inner = dict(variables)
        found = []
        for item in _items(of(variables)):
            inner[name] = item
            found.append(transform(inner))
        return found

    return evaluate


_MACROS: Mapping[str, Callable[[Evaluate, str, Evaluate], Evaluate]] = {
    "all": _quantifier(False),
    "exists": _quantifier(True),
    "exists_one": _count(1),
    "filter": _filter,
    "map": _map,
}


def _list(node: Node) -> Evaluate:
    items = [_compile(item) for item in node[1]]
    return lambda variables: [item(variables) for item in items]


def _pairs(node: Node) -> Evaluate:
    pairs = [(_compile(key), _compile(value)) for key, value in node[1]]
    return lambda variables: {key(variables): value(variables) for key, value in pairs}


def _message(node: Node) -> Evaluate:
    raise CelSyntaxError("messages cannot be made here", 1)


def _unary(node: Node) -> Evaluate:
    operand = _compile(node[2])
    if node[1] == "!":
        return lambda variables: not _boolean(operand(variables))

    def negate(variables: Variables) -> Any:
        value = operand(variables)
        if type(value) in (int, float):
            return -value
        raise CelError("only numbers can be negative")

    return negate


def _binary(node: Node) -> Evaluate:
    operator, left, right = node[1], _compile(node[2]), _compile(node[3])
    if operator in ("||", "&&"):
        return _logical(operator == "||", left, right)
    return _applied(_OPERATORS[operator], [left, right])


def _logical(decisive: bool, left: Evaluate, right: Evaluate) -> Evaluate:
    """`||` and `&&`: an operand that decides wins over one that fails."""

    def evaluate(variables: Variables) -> Any:
        try:
            if _boolean(left(variables)) is decisive:
                return decisive
        except CelError:
            if _boolean(right(variables)) is decisive:
                return decisive
            raise
        return _boolean(right(variables))

    return evaluate


def _ternary(node: Node) -> Evaluate:
    condition, then, other = (_compile(part) for part in node[1:])
    return lambda variables: then(variables) if _boolean(condition(variables)) else other(variables)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal(left: Any, right: Any) -> bool:
    if _is_number(left) and _is_number(right):
        return bool(left == right)
    return type(left) is type(right) and bool(left == right)


def _ordered(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], bool]:
    def evaluate(left: Any, right: Any) -> bool:
        if not (_is_number(left) and _is_number(right)) and type(left) is not type(right):
            raise CelError("the operands are of different types")
        return bool(compare(left, right))

    return evaluate


def _add(left: Any, right: Any) -> Any:
    if not (_is_number(left) and _is_number(right)) and type(left) is not type(right):
        raise CelError("the operands are of different types")
    return left + right


def _divide(left: Any, right: Any) -> Any:
    if type(left) is int and type(right) is int:
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) == (right < 0) else -quotient
    return left / right


def _modulo(left: Any, right: Any) -> Any:
    return left - right * _divide(left, right)


_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<": _ordered(lambda left, right: left < right),
    "<=": _ordered(lambda left, right: left <= right),
    ">": _ordered(lambda left, right: left > right),
    ">=": _ordered(lambda left, right: left >= right),
    "in": lambda left, right: any(_equal(left, item) for item in _items(right)),
    "+": _add,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _divide,
    "%": _modulo,
}

_COMPILERS: Mapping[str, Callable[[Node], Evaluate]] = {
    "literal": _literal,
    "ident": _ident,
    "member": _member,
    "index": _index,
    "call": _call,
    "method": _method,
    "list": _list,
    "map": _pairs,
    "message": _message,
    "unary": _unary,
    "binary": _binary,
    "ternary": _ternary,
}
