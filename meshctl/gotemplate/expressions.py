"""Pipelines, commands and operands to closures.

A value that is None inside a list or a map is Go's nil; at the end of each command it becomes `MISSING`, no value at
all, as in Go. Every method gives a closure and the node that Go names when the value turns out to be unsuitable: the
last one that was evaluated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from meshctl.gotemplate import nodes, types
from meshctl.gotemplate.arguments import checked, constant, ideal
from meshctl.gotemplate.errors import FunctionError, LimitError, RenderError
from meshctl.gotemplate.fields import Fail, field_of, holds_anything, method_of
from meshctl.gotemplate.function import Function, FunctionMap, function
from meshctl.gotemplate.rendering import Frame, Run
from meshctl.gotemplate.types import GoType, Method
from meshctl.gotemplate.values import MISSING, Pointer, Struct, is_true

Compiled = tuple[Run, nodes.Node]

FAILURES = (FunctionError, LimitError, ArithmeticError, ValueError)
"""What functions raise when they cannot give a result."""


class ExpressionCompiler:
    """Compiles what stands in the actions of one definition."""

    def __init__(self, definition: nodes.Definition, functions: FunctionMap, missing_key: str) -> None:
        self.definition = definition
        self.functions = functions
        self.missing_key = missing_key
        self.dot_is_element = False
        self.elements: set[int] = set()
        """Slots of variables that hold elements of lists or maps, which may be of any type."""

    def fail_at(self, node: nodes.Node) -> Fail:
        """Makes errors that name a node."""

        def fail(problem: str) -> RenderError:
            source = self.definition.source
            before = source.text[: node.position]
            column = len(before[before.rfind("\n") + 1 :].encode("utf-8", "replace"))
            expression = str(node)
            line = before.count("\n") + 1
            return RenderError(source.name, self.definition.name, line, column, expression, problem)

        return fail

    # Pipelines

    def pipe(self, pipe: nodes.Pipe) -> Compiled:
        """The value of a pipeline, which its variables take as well."""
        run, last = self.commands(pipe)
        if not pipe.variables:
            return run, last
        slots = [variable.slot for variable in pipe.variables]
        if nodes.NO_SLOT in slots:
            return self._fails(run, last, f"undefined variable: {pipe.variables[slots.index(nodes.NO_SLOT)]}"), last
        (slot,) = slots

        def assign(dot: Any, frame: Frame) -> Any:
            value = frame[slot] = run(dot, frame)
            return value

        return assign, last

    def commands(self, pipe: nodes.Pipe) -> Compiled:
        """The value of a pipeline's commands."""
        run: Run | None = None
        last: nodes.Node = pipe
        for command in pipe.commands:
            run, last = self.command(command, run)
            run = _without_nil(run)
        assert run is not None, "the parser lets no empty pipeline through"
        return run, last

    def command(self, command: nodes.Command, final: Run | None) -> Compiled:
        """The value of a command, with that of the one before as its last argument."""
        first, args = command.args[0], command.args[1:]
        if isinstance(first, nodes.Identifier):
            return self.call(first, command, args, final)
        if isinstance(first, nodes.Field | nodes.Variable | nodes.Chain):
            return self.chain(first, args, final)
        if isinstance(first, nodes.Pipe):
            run, last = self.pipe(first)
        elif isinstance(first, nodes.Dot):
            run, last = _dot, first
        elif isinstance(first, nodes.Nil):
            run, last = self._fails(None, first, "nil is not a command"), first
        else:
            run, last = self.literal(first), first
        if args or final is not None:
            at = command if isinstance(first, nodes.Pipe) else first
            run = self._fails(final, at, f"can't give argument to non-function {first}")
        return run, last

    def _fails(self, before: Run | None, node: nodes.Node, problem: str) -> Run:
        fail = self.fail_at(node)

        def fails(dot: Any, frame: Frame) -> Any:
            if before is not None:
                before(dot, frame)
            raise fail(problem)

        return fails

    def literal(self, node: nodes.Node) -> Run:
        """The value of a literal."""
        try:
            value = ideal(node, self.fail_at(node))
        except RenderError as error:
            return self._fails(None, node, error.problem)
        return lambda dot, frame: value

    # Arguments

    def argument(self, node: nodes.Node, wanted: GoType) -> Compiled:
        """The value of an argument as a parameter takes it."""
        fail = self.fail_at(node)
        if isinstance(node, nodes.Nil):
            return self._nil(node, wanted, fail), node
        if isinstance(node, nodes.Bool | nodes.Number | nodes.String):
            try:
                value = constant(node, wanted, fail)
            except RenderError as error:
                return self._fails(None, node, error.problem), node
            return (lambda dot, frame: value), node
        run, last = self.operand(node)
        return _checking(run, wanted, self.fail_at(last)), last

    def _nil(self, node: nodes.Node, wanted: GoType, fail: Fail) -> Run:
        if wanted is not types.RAW and wanted.kind not in types.NILABLE:
            return self._fails(None, node, f"cannot assign nil to {wanted.name}")
        value = MISSING if wanted is types.RAW else checked(MISSING, wanted, fail)
        return lambda dot, frame: value

    def operand(self, node: nodes.Node) -> Compiled:
        """The value of an argument, before it is known what is wanted."""
        if isinstance(node, nodes.Dot):
            return _dot, node
        if isinstance(node, nodes.Pipe):
            return self.pipe(node)
        if isinstance(node, nodes.Identifier):
            return self.call(node, node, [], None)
        if isinstance(node, nodes.Nil):
            return self._fails(None, node, "nil is not a command"), node
        if isinstance(node, nodes.Field | nodes.Variable | nodes.Chain):
            return self.chain(node, [], None)
        return self.literal(node), node

    # Fields and methods

    def chain(
        self, node: nodes.Field | nodes.Variable | nodes.Chain, args: list[nodes.Node], final: Run | None
    ) -> Compiled:
        """Fields of the cursor, of a variable or of what is in parentheses; the last may be a method with arguments."""
        names = node.names
        start: Run = _dot
        last: nodes.Node = node
        is_element = self.dot_is_element and isinstance(node, nodes.Field)
        if isinstance(node, nodes.Variable):
            is_element = node.slot in self.elements
            if node.slot == nodes.NO_SLOT:
                return self._fails(final, node, f"undefined variable: {names[0]}"), node
            start, names = _variable(node.slot), names[1:]
            if not names:
                if args or final is not None:
                    start = self._fails(final, node, f"can't give argument to non-function {node}")
                return start, node
        elif isinstance(node, nodes.Chain):
            if isinstance(node.node, nodes.Nil):
                return self._fails(final, node, f"indirection through explicit nil in {node}"), node
            start, last = self.operand(node.node)
        follow = self._follow(last, names, is_element)
        if args or final is not None:
            return self._with_arguments(last, start, names, args, final, is_element), args[-1] if args else node
        return self._fields(start, names, follow), last

    def _fields(self, start: Run, names: list[str], follow: Run) -> Run:
        first = names[0]
        if start is _dot:
            if len(names) == 1:

                def field(dot: Any, frame: Frame) -> Any:
                    try:
                        return dot[first]
                    except (KeyError, TypeError, IndexError):
                        return follow(dot, frame)

                return field
            if len(names) == 2:
                second = names[1]

                def two_fields(dot: Any, frame: Frame) -> Any:
                    try:
                        return dot[first][second]
                    except (KeyError, TypeError, IndexError):
                        return follow(dot, frame)

                return two_fields
        elif len(names) == 1:

            def field_of_start(dot: Any, frame: Frame) -> Any:
                value = start(dot, frame)
                try:
                    return value[first]
                except (KeyError, TypeError, IndexError):
                    return follow(value, frame)

            return field_of_start

        def fields(dot: Any, frame: Frame) -> Any:
            value = begin = start(dot, frame)
            try:
                for name in names:
                    value = value[name]
            except (KeyError, TypeError, IndexError):
                return follow(begin, frame)
            return value

        return fields

    def _follow(self, node: nodes.Node, names: list[str], is_element: bool) -> Run:
        """The fields one after the other with all of Go's rules, for what the short way does not know."""
        steps = [self._field(node, name) for name in names]
        outer: Any = [] if is_element else None

        def follow(value: Any, frame: Frame) -> Any:
            # Numbers come from loops over numbers, structs and pointers from lists of just these.
            holder = None if isinstance(value, int | Struct | Pointer) else outer
            for step in steps:
                holder, value = value, step(value, holder)
            return value

        return follow

    def _field(self, node: nodes.Node, name: str) -> Callable[[Any, Any], Any]:
        """One field of a value; what holds the value decides how messages call its type."""
        fail, missing_key = self.fail_at(node), self.missing_key
        lenient = missing_key == "default"
        methods: dict[GoType, Callable[[Any], Any]] = {}

        def field(value: Any, holder: Any) -> Any:
            if lenient and type(value) is dict:
                return value.get(name, MISSING)
            if lenient and value is MISSING:
                return MISSING
            target = value
            while type(target) is Pointer and target.target is not None:
                target = target.target
            if type(target) is Struct:
                method = methods.get(target.go_type)
                if method is None:
                    if name in target.go_type.fields:
                        return target.field(name)
                    declared = target.go_type.method(name)
                    if declared is not None:
                        method = methods[target.go_type] = self._without_arguments(declared, name, fail)
                if method is not None:
                    try:
                        return method(target)
                    except FAILURES as error:
                        raise fail(f"error calling {name}: {error}") from error
            found = method_of(value, name)
            if found is None:
                type_name = "interface {}" if holds_anything(holder) else ""
                return field_of(value, name, missing_key, fail, type_name)
            try:
                return self._without_arguments(found[0], name, fail)(found[1])
            except FAILURES as error:
                raise fail(f"error calling {name}: {error}") from error

        return field

    def _without_arguments(self, method: Method, name: str, fail: Fail) -> Callable[[Any], Any]:
        wanted = function(method, is_method=True).parameters
        if wanted:
            raise fail(f"wrong number of args for {name}: want {len(wanted)} got 0")
        return method

    def _with_arguments(
        self,
        node: nodes.Node,
        start: Run,
        names: list[str],
        args: list[nodes.Node],
        final: Run | None,
        is_element: bool,
    ) -> Run:
        name = names[-1]
        follow = self._follow(node, names[:-1], is_element)
        fail, missing_key = self.fail_at(node), self.missing_key

        def call(dot: Any, frame: Frame) -> Any:
            last = MISSING if final is None else final(dot, frame)
            receiver = follow(start(dot, frame), frame)
            found = method_of(receiver, name)
            if found is None:
                if isinstance(receiver, dict):
                    raise fail(f"{name} is not a method but has arguments")
                field_of(receiver, name, missing_key, fail)
                raise fail(f"{name} has arguments but cannot be invoked as function")
            method, target = found
            declared = function(method, is_method=True)
            run, _ = self.invocation(
                declared, name, node, args, None if final is None else (lambda dot, frame: last), (target,)
            )
            return run(dot, frame)

        return call

    # Calls

    def call(self, name: nodes.Identifier, at: nodes.Node, args: list[nodes.Node], final: Run | None) -> Compiled:
        """The result of a function; `at` is what its errors name."""
        if name.name in ("and", "or"):
            return self._logic(name, args, final)
        declared = function(self.functions[name.name])
        run, last = self.invocation(declared, name.name, name, args, final, (), at)
        return run, last or name

    def invocation(
        self,
        declared: Function,
        name: str,
        node: nodes.Node,
        args: list[nodes.Node],
        final: Run | None,
        receiver: tuple[Any, ...],
        at: nodes.Node | None = None,
    ) -> tuple[Run, nodes.Node | None]:
        """A call with its arguments counted, evaluated and checked."""
        fail = self.fail_at(at or node)
        parameters, variadic = declared.parameters, declared.variadic
        given, wanted = len(args) + (final is not None), len(parameters)
        if given < wanted or (given > wanted and variadic is None):
            least = "at least " if variadic is not None else ""
            got = len(args) if variadic is not None else given
            return self._fails(final, node, f"wrong number of args for {name}: want {least}{wanted} got {got}"), None
        kinds = parameters + [variadic] * (given - wanted) if variadic is not None else parameters
        compiled = [self.argument(arg, kind) for arg, kind in zip(args, kinds, strict=False)]
        last = compiled[-1][1] if compiled else None
        runs = [run for run, _ in compiled]
        if final is not None:
            kind = kinds[given - 1]
            assert kind is not None, "every argument has a parameter"
            return _piped(declared, name, runs, final, _check(kind, self.fail_at(last or node)), receiver, fail), last
        return _called(declared, name, runs, receiver, fail), last

    def _logic(self, name: nodes.Identifier, args: list[nodes.Node], final: Run | None) -> Compiled:
        if not args and final is None:
            return self._fails(None, name, f"wrong number of args for {name}: want at least 1 got 0"), name
        compiled = [self.argument(arg, types.RAW) for arg in args]
        runs = [run for run, _ in compiled]
        wanted = name.name == "or"
        last = compiled[-1][1] if compiled else name

        def logic(dot: Any, frame: Frame) -> Any:
            value: Any = MISSING
            for run in runs:
                value = run(dot, frame)
                if is_true(value) is wanted:
                    return value
            return value

        if final is None:
            return logic, last

        def piped(dot: Any, frame: Frame) -> Any:
            # Without arguments of its own, the value handed on is the only one that counts.
            value = final(dot, frame)
            for run in runs:
                found = run(dot, frame)
                if is_true(found) is wanted:
                    return found
            return value

        return piped, last


def _dot(dot: Any, frame: Frame) -> Any:
    return dot


def _variable(slot: int) -> Run:
    return lambda dot, frame: frame[slot]


def _without_nil(run: Run) -> Run:
    def value(dot: Any, frame: Frame) -> Any:
        found = run(dot, frame)
        return MISSING if found is None else found

    return value


_EXACT: dict[GoType, type] = {
    types.STRING: str,
    types.INT: int,
    types.BOOL: bool,
    types.FLOAT64: float,
    types.ANY_MAP: dict,
    types.ANY_LIST: list,
}


def _check(wanted: GoType, fail: Fail) -> Callable[[Any], Any]:
    if wanted is types.RAW:
        return lambda value: value
    if wanted is types.ANY:
        return lambda value: None if value is MISSING else value
    exact = _EXACT.get(wanted)
    return lambda value: value if type(value) is exact else checked(value, wanted, fail)


def _checking(run: Run, wanted: GoType, fail: Fail) -> Run:
    if wanted is types.RAW:
        return run
    if wanted is types.ANY:

        def nilable(dot: Any, frame: Frame) -> Any:
            value = run(dot, frame)
            return None if value is MISSING else value

        return nilable
    exact = _EXACT.get(wanted)

    def value(dot: Any, frame: Frame) -> Any:
        found = run(dot, frame)
        return found if type(found) is exact else checked(found, wanted, fail)

    return value


def _called(declared: Function, name: str, runs: list[Run], receiver: tuple[Any, ...], fail: Fail) -> Run:
    call = declared.call
    if declared.wants_run or receiver or len(runs) > 3:

        def called(dot: Any, frame: Frame) -> Any:
            args = [run(dot, frame) for run in runs]
            try:
                return call(frame[-1], *args) if declared.wants_run else call(*receiver, *args)
            except FAILURES as error:
                raise fail(f"error calling {name}: {error}") from error

        return called
    if len(runs) == 1:
        (only,) = runs

        def called_1(dot: Any, frame: Frame) -> Any:
            try:
                return call(only(dot, frame))
            except FAILURES as error:
                raise fail(f"error calling {name}: {error}") from error

        return called_1
    if len(runs) == 2:
        first, second = runs

        def called_2(dot: Any, frame: Frame) -> Any:
            try:
                return call(first(dot, frame), second(dot, frame))
            except FAILURES as error:
                raise fail(f"error calling {name}: {error}") from error

        return called_2

    def called_n(dot: Any, frame: Frame) -> Any:
        try:
            return call(*[run(dot, frame) for run in runs])
        except FAILURES as error:
            raise fail(f"error calling {name}: {error}") from error

    return called_n


def _piped(
    declared: Function,
    name: str,
    runs: list[Run],
    final: Run,
    check: Callable[[Any], Any],
    receiver: tuple[Any, ...],
    fail: Fail,
) -> Run:
    call = declared.call
    if not declared.wants_run and not receiver and len(runs) <= 1:
        first = runs[0] if runs else None

        def piped_1(dot: Any, frame: Frame) -> Any:
            last = final(dot, frame)
            try:
                return call(check(last)) if first is None else call(first(dot, frame), check(last))
            except FAILURES as error:
                raise fail(f"error calling {name}: {error}") from error

        return piped_1

    def piped(dot: Any, frame: Frame) -> Any:
        last = final(dot, frame)
        args = [run(dot, frame) for run in runs]
        args.append(check(last))
        try:
            return call(frame[-1], *args) if declared.wants_run else call(*receiver, *args)
        except FAILURES as error:
            raise fail(f"error calling {name}: {error}") from error

    return piped
