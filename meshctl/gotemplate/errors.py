"""What can be wrong with a template, when it is read and when it is rendered."""

from __future__ import annotations

from meshctl.errors import UnreadableError


class TemplateError(UnreadableError):
    """A template that cannot be read or rendered; the message says where, in the form that Go's users know."""


class TemplateSyntaxError(TemplateError):
    """A text is no template."""

    def __init__(self, template: str, line: int, problem: str) -> None:
        super().__init__(f"template: {template}:{line}: {problem}")
        self.template = template
        self.line = line
        self.problem = problem


class RenderError(TemplateError):
    """A template cannot be rendered with its data.

    `line` counts from 1 and `column` from 0, in bytes, as in Go's messages; `expression` is the part of the template
    that failed, `template` the name of the text it stands in, and `defined` the name of the definition around it.
    """

    def __init__(self, template: str, defined: str, line: int, column: int, expression: str, problem: str) -> None:
        super().__init__(f'template: {template}:{line}:{column}: executing "{defined}" at <{expression}>: {problem}')
        self.template = template
        self.defined = defined
        self.line = line
        self.column = column
        self.expression = expression
        self.problem = problem


class FunctionError(Exception):
    """Raised by a function of templates that cannot give a result; the renderer adds the place."""


class LimitError(Exception):
    """A template wants more output, steps or depth than a rendering may take."""
