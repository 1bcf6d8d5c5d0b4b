"""Bodies of definitions to closures.

A statement gives None, or `BREAK` or `CONTINUE` when it leaves the round of a loop.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any

from meshctl.gotemplate import nodes, types
from meshctl.gotemplate.errors import LimitError
from meshctl.gotemplate.expressions import ExpressionCompiler
from meshctl.gotemplate.fields import Fail
from meshctl.gotemplate.formatting import printed, shown
from meshctl.gotemplate.function import FunctionMap
from meshctl.gotemplate.quoting import quote
from meshctl.gotemplate.rendering import MAX_STEPS, Compiled, Frame, Run
from meshctl.gotemplate.values import MISSING, dereferenced, is_true, scalar_class, type_of

BREAK, CONTINUE = "break", "continue"

LONG = 10_000
"""Texts longer than this are counted when they are written, so that a loop cannot fill the memory with them."""


def compiled(definition: nodes.Definition, functions: FunctionMap, missing_key: str) -> Compiled:
    """A definition made ready to run."""
    expressions = ExpressionCompiler(definition, functions, missing_key)
    return Compiled(definition.name, definition.slots, StatementCompiler(expressions).body(definition.body))


def runs_of(definition: nodes.Definition, functions: FunctionMap, missing_key: str) -> list[Run]:
    """The statements of a definition made ready to run one by one."""
    compiler = StatementCompiler(ExpressionCompiler(definition, functions, missing_key))
    return [compiler.statement(node) for node in definition.body]


class StatementCompiler:
    """Compiles the statements of one definition."""

    def __init__(self, expressions: ExpressionCompiler) -> None:
        self.expressions = expressions

    def body(self, statements: list[nodes.Node]) -> Run:
        """Statements one after the other."""
        runs = [self.statement(node) for node in statements]
        if len(runs) == 1:
            return runs[0]
        if not any(map(_jumps, statements)):

            def straight(dot: Any, frame: Frame) -> None:
                for run in runs:
                    run(dot, frame)

            return straight

        def body(dot: Any, frame: Frame) -> Any:
            for run in runs:
                jump = run(dot, frame)
                if jump is not None:
                    return jump
            return None

        return body

    def statement(self, node: nodes.Node) -> Run:
        """One statement."""
        if isinstance(node, nodes.Text):
            text = node.text
            return lambda dot, frame: frame[-1].write(text)
        if isinstance(node, nodes.Action):
            return self.action(node)
        if isinstance(node, nodes.Call):
            return self.call(node)
        if isinstance(node, nodes.Jump):
            word = BREAK if node.word == "break" else CONTINUE
            return lambda dot, frame: word
        assert isinstance(node, nodes.Branch), f"{node} is no statement"
        return self.loop(node) if node.word == "range" else self.choice(node)

    def action(self, node: nodes.Action) -> Run:
        """A value that is written, unless a variable takes it."""
        run, _ = self.expressions.pipe(node.pipe)
        if node.pipe.variables:

            def assign(dot: Any, frame: Frame) -> None:
                run(dot, frame)

            return assign
        fail = self.expressions.fail_at(node)

        def action(dot: Any, frame: Frame) -> None:
            value = run(dot, frame)
            text = value if type(value) is str else printed(value, fail)
            rendering = frame[-1]
            rendering.write(text)
            if len(text) > LONG:
                try:
                    rendering.account(text)
                except LimitError as error:
                    raise fail(str(error)) from error

        return action

    def call(self, node: nodes.Call) -> Run:
        """The output of another template, looked up when it is needed: it may be defined later."""
        name, fail = node.name, self.expressions.fail_at(node)
        data = self.expressions.pipe(node.pipe)[0] if node.pipe is not None else None

        def call(dot: Any, frame: Frame) -> None:
            rendering = frame[-1]
            template = rendering.templates.lookup(name)
            if template is None:
                raise fail(f"template {quote(name)} not defined")
            value = MISSING if data is None else data(dot, frame)
            try:
                rendering.run(template, value)
            except LimitError as error:
                raise fail(str(error)) from error

        return call

    def choice(self, node: nodes.Branch) -> Run:
        """`if` and `with`."""
        condition, _ = self.expressions.pipe(node.pipe)
        is_element = self.expressions.dot_is_element
        self.expressions.dot_is_element = is_element and node.word != "with"
        body = self.body(node.body)
        self.expressions.dot_is_element = is_element
        otherwise = self.body(node.otherwise) if node.otherwise else _nothing
        if node.word == "with":

            def with_(dot: Any, frame: Frame) -> Any:
                value = condition(dot, frame)
                return body(value, frame) if is_true(value) else otherwise(dot, frame)

            return with_

        def if_(dot: Any, frame: Frame) -> Any:
            value = condition(dot, frame)
            if value is True or (value is not False and is_true(value)):
                return body(dot, frame)
            return otherwise(dot, frame)

        return if_

    def loop(self, node: nodes.Branch) -> Run:
        """`range` over lists, maps and numbers."""
        run, last = self.expressions.commands(node.pipe)
        slots = [variable.slot for variable in node.pipe.variables]
        is_element = self.expressions.dot_is_element
        self.expressions.dot_is_element = True
        self.expressions.elements.update(slots[-1:])
        body = self.body(node.body)
        self.expressions.dot_is_element = is_element
        otherwise = self.body(node.otherwise) if node.otherwise else _nothing
        fail = self.expressions.fail_at(last)
        pairs = len(slots) == 2

        def loop(dot: Any, frame: Frame) -> Any:
            value = dereferenced(run(dot, frame))
            rounds = _rounds(value, fail)
            if pairs and isinstance(rounds, Generator):
                raise fail(f"can't use {shown(value)} to iterate over more than one variable")
            if nodes.NO_SLOT in slots:
                raise fail(f"undefined variable: {node.pipe.variables[slots.index(nodes.NO_SLOT)]}")
            ran = False
            budget = frame[-1].budget
            for key, item in rounds:
                ran = True
                budget.steps -= 1
                if budget.steps < 0:
                    raise fail(f"rendering takes more than {MAX_STEPS} steps")
                if pairs:
                    frame[slots[0]] = key
                    frame[slots[1]] = item
                elif slots:
                    frame[slots[0]] = item
                if body(item, frame) is BREAK:
                    break
            return None if ran else otherwise(dot, frame)

        return loop


def _rounds(value: Any, fail: Fail) -> Iterable[tuple[Any, Any]]:
    if isinstance(value, list):
        return enumerate(list(value))
    if isinstance(value, dict):
        return sorted(value.items(), key=_key) if len(value) > 1 else list(value.items())
    if value is MISSING:
        return ()
    have = type_of(value)
    if have.kind in types.INTEGERS:
        number = scalar_class(have)
        return ((number(at), number(at)) for at in range(value))
    if isinstance(value, bytes):
        return enumerate(map(scalar_class(types.UINT8), value))
    raise fail(f"range can't iterate over {shown(value)}")


def _key(entry: tuple[Any, Any]) -> Any:
    return entry[0]


def _nothing(dot: Any, frame: Frame) -> None:
    return None


def _jumps(node: nodes.Node) -> bool:
    """Whether a statement can leave the round of the loop around it."""
    if isinstance(node, nodes.Jump):
        return True
    if not isinstance(node, nodes.Branch) or node.word == "range":
        return isinstance(node, nodes.Branch) and node.otherwise is not None and any(map(_jumps, node.otherwise))
    return any(map(_jumps, node.body)) or any(map(_jumps, node.otherwise or []))
