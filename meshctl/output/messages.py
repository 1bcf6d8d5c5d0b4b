"""Prints messages: for a person with excerpts, for scripts one line each, for programs as JSON or YAML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from meshctl.documents import mask
from meshctl.messages import Level, Message
from meshctl.model.resource import Field, Source, Span, format_path
from meshctl.output.terminal import Paint

_COLOURS = {Level.ERROR: "red", Level.WARNING: "yellow", Level.INFO: "blue"}

_EXCERPT_WIDTH = 160
"""Columns of a line that an excerpt shows at most."""


def render(messages: Sequence[Message], output: str, paint: Paint | None = None) -> str:
    """The messages in one of the formats, as text that ends with a line break or is empty."""
    if output == "json":
        return _json(as_data(messages))
    if output == "sarif":
        from meshctl.output.sarif import as_sarif

        return _json(as_sarif(messages))
    if output == "yaml":
        from meshctl.documents import write_yaml

        return write_yaml(as_data(messages))
    if output == "junit":
        from meshctl.output.junit import as_junit

        return as_junit(messages)
    if output == "github":
        from meshctl.output.github import as_github

        lines = as_github(messages)
    else:
        lines = as_lines(messages, paint or Paint(None))
    return "".join(f"{line}\n" for line in lines)


def _json(data: Any) -> str:
    import json

    return json.dumps(data, indent="\t", sort_keys=True, ensure_ascii=False) + "\n"


def as_lines(messages: Iterable[Message], paint: Paint) -> list[str]:
    """One line each, in the form of istioctl: `Level [CODE] (Kind namespace/name file:line) text`."""
    lines = []
    for message in messages:
        where = " ".join(part for part in (message.origin, message.reference) if part)
        level = paint(str(message.level), _COLOURS[message.level])
        lines.append(f"{level} [{message.code}] " + (f"({where}) " if where else "") + _one_line(message.text))
    return lines


def as_report(messages: Iterable[Message], paint: Paint) -> list[str]:
    """A block each: level, code and text, the place, the line with a caret below what is meant, and a hint."""
    lines = []
    for message in messages:
        level = paint(f"{message.level}[{message.code}]".lower().replace(message.code.lower(), message.code),
                      _COLOURS[message.level])  # fmt: skip
        lines.append(f"{level}: {paint(_one_line(message.text), 'bold')}")
        span = message.span
        place = f"{span.file}:{span.line}:{span.column}" if span else ""
        where = "  ".join(part for part in (place, message.origin) if part)
        if where:
            lines.append("  " + paint("-->", "cyan") + " " + where)
        source = message.place.source if message.place else message.resource.source if message.resource else None
        if span and source:
            lines += _excerpt(source, span, paint)
        for field in message.related:
            other = field.span
            if other:
                where = f"{other.file}:{other.line}:{other.column}"
                lines.append(f"  {paint('see', 'cyan')} {where}  {field.resource!r} {format_path(field.path)}".rstrip())
        if message.hint:
            lines.append(f"  {paint('hint', 'green')} {_one_line(message.hint)}")
        lines.append("")
    return lines


def as_data(messages: Iterable[Message]) -> list[dict[str, Any]]:
    """Mappings with istioctl's keys `code`, `documentationUrl`, `level`, `message`, `origin`, `reference`, and more.

    Ours are `name`, `file`, `line`, `column`, `endLine`, `endColumn`, `path`, `hint`, `documentation` and `related`.
    """
    return [_data(message) for message in messages]


def _data(message: Message) -> dict[str, Any]:
    data: dict[str, Any] = {
        "code": message.code,
        "name": message.type.name,
        "level": str(message.level),
        "message": message.text,
        "documentation": f"meshctl explain {message.code}",
    }
    if message.code.startswith("IST"):
        data["documentationUrl"] = (
            f"https://istio.io/v1.31/docs/reference/config/analysis/{message.code.lower()}/?ref=meshctl-analyze"
        )
    if message.origin:
        data["origin"] = message.origin
    span = message.span
    if span:
        data |= {"reference": message.reference, **_place(span)}
    if message.path:
        data["path"] = format_path(message.path)
    if message.hint:
        data["hint"] = message.hint
    if message.related:
        data["related"] = [_related(field) for field in message.related]
    return data


def _related(field: Field) -> dict[str, Any]:
    span = field.span
    data = {"origin": repr(field.resource), "path": format_path(field.path)}
    return data | _place(span) if span else data


def _place(span: Span) -> dict[str, Any]:
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def summary(messages: Sequence[Message], paint: Paint) -> str:
    """How many messages of each level there are, as `2 errors, 1 warning`."""
    parts = []
    for level in Level:
        count = sum(message.level is level for message in messages)
        if count:
            word = str(level).lower() + ("s" if count > 1 and level is not Level.INFO else "")
            parts.append(paint(f"{count} {word}", _COLOURS[level]))
    return ", ".join(parts)


def _one_line(text: str) -> str:
    """The text with line breaks and control characters made harmless."""
    return "".join(char if char.isprintable() else " " for char in text)


def _excerpt(source: Source, span: Span, paint: Paint) -> list[str]:
    """The line of a span with a caret below it. What may be secret is masked."""
    if source.chunk is None:
        return []
    lines = mask(source.chunk.text).splitlines()
    index = span.line - source.chunk.line
    if not 0 <= index < len(lines):
        return []
    text = lines[index].expandtabs(1)
    if span.column > _EXCERPT_WIDTH:
        return []
    shown = _one_line(text[:_EXCERPT_WIDTH]) + ("…" if len(text) > _EXCERPT_WIDTH else "")
    end = span.end_column if span.end_line == span.line else len(text.rstrip()) + 1
    width = max(1, min(end, len(shown) + 1) - span.column)
    number = str(span.line)
    bar = paint("|", "cyan")
    return [
        f"  {paint(number, 'cyan')} {bar} {shown}",
        f"  {' ' * len(number)} {bar} {' ' * (span.column - 1)}{paint('^' * width, 'red')}",
    ]
