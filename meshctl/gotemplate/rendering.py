"""The state of one rendering: its output, and what it may still take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from meshctl.gotemplate.errors import LimitError
from meshctl.gotemplate.sizes import MAX_TEXT

if TYPE_CHECKING:
    from meshctl.gotemplate.template import TemplateSet

MAX_DEPTH = 500
"""How many templates may be rendering inside each other."""

MAX_STEPS = 5_000_000
"""How many rounds of loops and calls of templates a rendering may take."""

Frame = list[Any]
"""Slots of the variables of a definition, the data root first; the last one holds the `Rendering`."""

Run = Callable[[Any, Frame], Any]
"""A compiled part of a template: takes the cursor and the frame."""


class Compiled:
    """A definition made ready to run."""

    __slots__ = ("name", "run", "slots")

    def __init__(self, name: str, slots: int, run: Run) -> None:
        self.name = name
        self.slots = slots
        self.run = run


class Budget:
    """What a rendering may still take, shared by the renderings inside it."""

    __slots__ = ("depth", "output", "steps")

    def __init__(self) -> None:
        self.depth = MAX_DEPTH
        self.steps = MAX_STEPS
        self.output = MAX_TEXT


class Rendering:
    """A rendering under way."""

    __slots__ = ("budget", "pieces", "templates", "write")

    def __init__(self, templates: TemplateSet, budget: Budget) -> None:
        self.templates = templates
        self.budget = budget
        self.pieces: list[str] = []
        self.write: Callable[[str], None] = self.pieces.append

    def step(self) -> None:
        """Take one step; raises `LimitError` when there were too many."""
        self.budget.steps -= 1
        if self.budget.steps < 0:
            raise LimitError(f"rendering takes more than {MAX_STEPS} steps")

    def account(self, text: str) -> str:
        """Count a long text against the limit of the output; raises `LimitError`."""
        self.budget.output -= len(text)
        if self.budget.output < 0:
            raise LimitError(f"rendering writes more than {MAX_TEXT} characters")
        return text

    def run(self, compiled: Compiled, data: Any) -> None:
        """Run a template into this output; raises `LimitError` when too many are open."""
        budget = self.budget
        if budget.depth <= 0:
            raise LimitError(f"exceeded maximum template depth ({MAX_DEPTH})")
        budget.depth -= 1
        self.step()
        frame: Frame = [data] + [_UNSET] * compiled.slots
        frame[-1] = self
        try:
            compiled.run(data, frame)
        finally:
            budget.depth += 1

    def nested(self, compiled: Compiled, data: Any, templates: TemplateSet | None = None) -> str:
        """The output of a template on its own."""
        inner = Rendering(templates or self.templates, self.budget)
        inner.run(compiled, data)
        return inner.text()

    def text(self) -> str:
        """What was written."""
        pieces = self.pieces
        if len(pieces) > 1000 or sum(map(len, pieces)) > 1_000_000:
            total = sum(map(len, pieces))
            if total > MAX_TEXT:
                raise LimitError(f"rendering writes more than {MAX_TEXT} characters")
        return "".join(pieces)


_UNSET = None

CompiledMap = Mapping[str, Compiled]
