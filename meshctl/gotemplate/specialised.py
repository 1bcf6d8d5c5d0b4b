"""A template rendered for many data that have most in common: what they have in common is rendered once.

A statement gives the same text, and leaves the same in variables, whenever what it reads is the same. So the statements
that read only what data have in common are kept as their text, and the others are rendered for each data anew.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import Any

from meshctl.gotemplate.functions.repeatable import REPEATABLE
from meshctl.gotemplate.reads import NotRepeatableError, Path, Reader, Reads
from meshctl.gotemplate.rendering import Compiled, Frame, Rendering, Run
from meshctl.gotemplate.statements import runs_of
from meshctl.gotemplate.template import TemplateSet
from meshctl.gotemplate.values import MISSING, Pointer, Struct

ANY_KEY = "*"
"""Stands for any name in a path."""

_KEPT = 100
"""How many programs are kept, for as many ways in which data can differ."""


class Specialised:
    """A template of a set, which must not change any more.

    `common` names the fields that are the same in all data that are rendered under the same name (`like`). `texts` are
    paths to texts, numbers or truth values, which many data have in common: their values are compared. `repeatable` and
    `lookups` tell of functions, as for `Reader`.
    """

    def __init__(
        self,
        templates: TemplateSet,
        name: str,
        *,
        common: Collection[str],
        texts: Collection[Path] = (),
        repeatable: Collection[str] = (),
        lookups: Mapping[str, Path] | None = None,
    ) -> None:
        self._templates = templates
        self._name = name
        self._programs: dict[Hashable, Compiled] = {}
        reader = Reader(REPEATABLE.union(repeatable), lookups or {})
        definition = templates.definition(name)
        try:
            for other in templates.names():
                reader.reads(templates.definition(other).body)
            reads = [reader.reads([node]) for node in definition.body]
        except NotRepeatableError:
            self._division: _Division | None = None
            return
        self._slots = definition.slots
        runs = runs_of(definition, templates.functions, templates.missing_key)
        self._division = _Division(reads, runs, common, texts)

    def render(self, data: Any, like: Hashable = None) -> str:
        """The output for the data; raises `TemplateError`."""
        division = self._division
        if division is None:
            return self._templates.render(self._name, data)
        key = (like, *division.values(data))
        program = self._programs.get(key)
        if program is None:
            steps: list[Run] = []
            text = self._templates.output(self._program(lambda dot, frame: division.record(dot, frame, steps)), data)
            if len(self._programs) >= _KEPT:
                self._programs.clear()
            self._programs[key] = self._program(lambda dot, frame: _perform(steps, dot, frame))
            return text
        return self._templates.output(program, data)

    def _program(self, run: Run) -> Compiled:
        return Compiled(self._name, self._slots, run)


class _Division:
    """The statements of a template, divided into those that vary with the data and those that do not.

    A statement varies when it reads what the data do not share, or when it reads or assigns a variable that another
    one which varies assigns.
    """

    def __init__(
        self, reads: Sequence[Reads], runs: Sequence[Run], common: Collection[str], texts: Collection[Path]
    ) -> None:
        varying = [not all(_is_shared(path, common, texts) for path in read.paths) for read in reads]
        slots: set[int] = set()
        while True:
            found = {slot for read, varies in zip(reads, varying, strict=True) if varies for slot in read.assigned}
            if found == slots:
                break
            slots = found
            varying = [
                varies or not slots.isdisjoint(read.variables | read.assigned)
                for read, varies in zip(reads, varying, strict=True)
            ]
        needed = {slot for read, varies in zip(reads, varying, strict=True) if varies for slot in read.variables}
        self._statements = [
            (run, varies, sorted(read.assigned & needed))
            for run, read, varies in zip(runs, reads, varying, strict=True)
        ]
        compared: dict[Path, set[str]] = {}
        for read, varies in zip(reads, varying, strict=True):
            for path in read.paths if not varies else ():
                if path[0] not in common:
                    compared.setdefault(path[:-1], set()).add(path[-1])
        self._compared = [(path, sorted(names)) for path, names in sorted(compared.items())]

    def values(self, data: Any) -> list[Hashable]:
        """The texts that data of one program have in common."""
        found: list[Hashable] = []
        for path, names in self._compared:
            holder = data
            for name in path:
                holder = _field(holder, name)
            # Most maps of annotations are empty: there is nothing to look up in nothing.
            is_empty = isinstance(holder, dict) and not holder
            found.append(() if is_empty else tuple([_field(holder, name) for name in names]))
        return found

    def record(self, dot: Any, frame: Frame, steps: list[Run]) -> None:
        """Renders everything, and notes the steps that render the next data of the kind."""
        rendering: Rendering = frame[-1]
        start, assigned = 0, set[int]()
        for run, varies, slots in self._statements:
            if varies:
                text = "".join(rendering.pieces[start:])
                steps += [_kept(text, {slot: frame[slot] for slot in assigned}), run]
            run(dot, frame)
            if varies:
                start = len(rendering.pieces)
                assigned.clear()
            else:
                assigned.update(slots)
        steps.append(_kept("".join(rendering.pieces[start:]), {}))


def _kept(text: str, variables: Mapping[int, Any]) -> Run:
    """A step that stands for the statements that left this text and these values of variables."""

    def keep(dot: Any, frame: Frame) -> None:
        frame[-1].write(text)
        for slot, value in variables.items():
            frame[slot] = value

    return keep


def _perform(steps: Sequence[Run], dot: Any, frame: Frame) -> None:
    for step in steps:
        step(dot, frame)


def _is_shared(path: Path, common: Collection[str], texts: Collection[Path]) -> bool:
    return path != () and (path[0] in common or any(_matches(path, pattern) for pattern in texts))


def _matches(path: Path, pattern: Path) -> bool:
    return len(path) == len(pattern) and all(
        wanted in (ANY_KEY, name) for name, wanted in zip(path, pattern, strict=True)
    )


def _field(holder: Any, name: str) -> Any:
    if isinstance(holder, Pointer):
        holder = holder.target
    return holder.field(name) if isinstance(holder, Struct) else holder.get(name, MISSING)
