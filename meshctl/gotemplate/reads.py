"""What the statements of a template read of its data and of its variables, found without rendering it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field

from meshctl.gotemplate import nodes

Path = tuple[str, ...]
"""Names of fields and keys, from the root of the data; the empty path is all of the data."""

_IN_PLACE = {"set": 3, "unset": 2, "merge": 2, "mustMerge": 2, "mergeOverwrite": 2, "mustMergeOverwrite": 2}
"""Functions that change their first argument, and the number of arguments with which they change nothing else.

With more of them, `merge` may change what it took from the second to complete it from the third.
"""


@dataclass(slots=True)
class Reads:
    """What a statement reads, and the slots of the variables that it reads and assigns."""

    paths: set[Path] = field(default_factory=set)
    variables: set[int] = field(default_factory=set)
    assigned: set[int] = field(default_factory=set)


class NotRepeatableError(Exception):
    """A part of a template may give something else the next time, or change the values that others read."""


class Reader:
    """Finds out what statements read; raises `NotRepeatableError` for those that cannot be told by what they read.

    `repeatable` names the functions that always give the same for the same arguments and change none of them.
    `lookups` names functions of a map and a key, with the fields that lead from their first argument to the map: what
    they read is the one entry.
    """

    def __init__(self, repeatable: Container[str], lookups: Mapping[str, Path]) -> None:
        self._repeatable = repeatable
        self._lookups = {"index": (), **lookups}

    def reads(self, statements: Iterable[nodes.Node]) -> Reads:
        """What the statements read where the cursor is the root of the data."""
        found = Reads()
        self._body(statements, found, at_root=True)
        return found

    def _body(self, statements: Iterable[nodes.Node], found: Reads, at_root: bool) -> None:
        for node in statements:
            if isinstance(node, nodes.Action):
                self._pipe(node.pipe, found, at_root)
            elif isinstance(node, nodes.Call):
                if node.pipe is not None:
                    self._pipe(node.pipe, found, at_root)
            elif isinstance(node, nodes.Branch):
                self._pipe(node.pipe, found, at_root)
                self._body(node.body, found, at_root and node.word == "if")
                self._body(node.otherwise or (), found, at_root)

    def _pipe(self, pipe: nodes.Pipe, found: Reads, at_root: bool) -> None:
        found.assigned.update(variable.slot for variable in pipe.variables)
        if 0 in found.assigned:
            raise NotRepeatableError("$")  # what reads the root would have to be told from what reads the new value
        for stage, command in enumerate(pipe.commands):
            self._command(command, stage > 0, found, at_root)

    def _command(self, command: nodes.Command, is_handed_one: bool, found: Reads, at_root: bool) -> None:
        first, *args = command.args
        if isinstance(first, nodes.Identifier):
            self._check(first.name, args, is_handed_one)
            entry = self._entry(first.name, args, at_root)
            if entry is not None:
                found.paths.add(entry)
                args = args[2:]
        else:
            args = command.args
        for arg in args:
            self._operand(arg, found, at_root)

    def _check(self, name: str, args: list[nodes.Node], is_handed_one: bool) -> None:
        if name in _IN_PLACE:
            if is_handed_one or len(args) != _IN_PLACE[name] or not _is_copy(args[0]):
                raise NotRepeatableError(name)
        elif name not in self._repeatable:
            raise NotRepeatableError(name)

    def _entry(self, name: str, args: list[nodes.Node], at_root: bool) -> Path | None:
        """The path of the one entry that a call looks up, if that can be told from the text."""
        if name not in self._lookups or len(args) < 2 or not isinstance(args[1], nodes.String):
            return None
        base = _path(args[0], at_root)
        return None if base is None else (*base, *self._lookups[name], args[1].text)

    def _operand(self, node: nodes.Node, found: Reads, at_root: bool) -> None:
        path = _path(node, at_root)
        if path is not None:
            found.paths.add(path)
        elif isinstance(node, nodes.Variable):
            found.variables.add(node.slot)
        elif isinstance(node, nodes.Pipe):
            self._pipe(node, found, at_root)
        elif isinstance(node, nodes.Chain):
            self._operand(node.node, found, at_root)
        elif isinstance(node, nodes.Identifier):
            self._check(node.name, [], is_handed_one=False)


def _path(node: nodes.Node, at_root: bool) -> Path | None:
    """The path that an operand gives the value of."""
    if isinstance(node, nodes.Variable) and node.slot == 0:
        return tuple(node.names[1:])
    if at_root and isinstance(node, nodes.Field):
        return tuple(node.names)
    return () if at_root and isinstance(node, nodes.Dot) else None


def _is_copy(node: nodes.Node) -> bool:
    """Whether an argument is a copy that is made on the spot, so that nobody else sees it change."""
    if not isinstance(node, nodes.Pipe) or len(node.commands) != 1:
        return False
    first = node.commands[0].args[0]
    return isinstance(first, nodes.Identifier) and first.name == "deepCopy"
