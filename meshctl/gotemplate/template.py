"""Templates by name, read once and rendered often."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from meshctl.gotemplate.errors import LimitError, RenderError, TemplateError
from meshctl.gotemplate.function import FunctionMap
from meshctl.gotemplate.functions.builtin import BUILTINS
from meshctl.gotemplate.functions.sprig import SPRIG
from meshctl.gotemplate.nodes import Definition
from meshctl.gotemplate.parse import parse
from meshctl.gotemplate.quoting import quote
from meshctl.gotemplate.rendering import Budget, Compiled, Rendering
from meshctl.gotemplate.statements import compiled

_STACK = 15_000
"""Python frames that a rendering may use: a call of a template takes about a dozen."""

_HALF = re.compile("[\ud800-\udc7f\udd00-\udfff]")


class TemplateSet:
    """Templates that can render each other.

    `functions` are the functions besides Go's own; sprig's by default. `missing_key` says what a key gives that a map
    does not have: `default` (no value), `zero` (the zero value of the map's elements) or `error`.
    """

    def __init__(self, functions: FunctionMap = SPRIG, *, missing_key: str = "default") -> None:
        self.functions = {**BUILTINS, **functions}
        self.missing_key = missing_key
        self._definitions: dict[str, Definition] = {}
        self._compiled: dict[str, Compiled] = {}

    def add(self, name: str, text: str) -> None:
        """Read a text under a name, with the templates that it defines; raises `TemplateSyntaxError`.

        A template replaces an older one of the same name, unless it is empty.
        """
        for defined, definition in parse(name, text, self.functions).items():
            if definition.is_empty and defined in self._definitions:
                continue
            self._definitions[defined] = definition
            self._compiled.pop(defined, None)

    def names(self) -> list[str]:
        """Names of the templates, sorted."""
        return sorted(self._definitions)

    def copy(self) -> TemplateSet:
        """A set with the same templates, to which others can be added."""
        new = TemplateSet.__new__(type(self))
        new.functions, new.missing_key = self.functions, self.missing_key
        new._definitions, new._compiled = dict(self._definitions), dict(self._compiled)
        return new

    def definition(self, name: str) -> Definition:
        """The syntax tree of a template; raises `TemplateError` if there is none of that name."""
        found = self._definitions.get(name)
        if found is None:
            raise TemplateError(f"template: no template {quote(name)} associated with this set")
        return found

    def with_functions(self, functions: FunctionMap) -> TemplateSet:
        """A set with the same templates, in which functions of these names do something else."""
        new = self.copy()
        new.functions, new._compiled = {**self.functions, **functions}, {}
        return new

    def lookup(self, name: str) -> Compiled | None:
        """A template made ready to run, or None if there is none of that name."""
        found = self._compiled.get(name)
        if found is None:
            definition = self._definitions.get(name)
            if definition is None:
                return None
            found = self._compiled[name] = compiled(definition, self.functions, self.missing_key)
        return found

    def render(self, name: str, data: Any = None) -> str:
        """The output of a template for its data; raises `TemplateError`."""
        template = self.lookup(name)
        if template is None:
            raise TemplateError(f"template: no template {quote(name)} associated with this set")
        return self.output(template, data)

    def output(self, template: Compiled, data: Any) -> str:
        """The output of a template made ready to run; raises `TemplateError`."""
        name = template.name
        rendering = Rendering(self, Budget())
        with _deep_stack():
            try:
                rendering.run(template, data)
                text = rendering.text()
            except LimitError as error:
                raise RenderError(name, name, 1, 0, name, str(error)) from None
            except RecursionError:
                raise RenderError(name, name, 1, 0, name, "templates or values are nested too deep") from None
        return text if text.isascii() else _valid(text)


class Template:
    """One text as a template."""

    def __init__(
        self,
        text: str,
        *,
        name: str = "template",
        functions: FunctionMap = SPRIG,
        missing_key: str = "default",
    ) -> None:
        self.name = name
        self._set = TemplateSet(functions, missing_key=missing_key)
        self._set.add(name, text)

    def render(self, data: Mapping[str, Any] | Any = None) -> str:
        """The output for the data; raises `TemplateError`."""
        return self._set.render(self.name, data)


def _valid(text: str) -> str:
    """The text with the bytes put together again that functions cut apart; what is left over is no text."""
    return _HALF.sub("�", text).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


@contextmanager
def _deep_stack() -> Iterator[None]:
    """Templates call each other through Python's stack; give them room for the depth that a rendering may take."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _STACK))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
