"""GitHub annotations: workflow commands that mark lines in a pull request."""

from __future__ import annotations

from collections.abc import Iterable

from meshctl.messages import Level, Message

_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "notice"}


def as_github(messages: Iterable[Message]) -> list[str]:
    """A workflow command for each message (GitHub, "Workflow commands for GitHub Actions")."""
    lines = []
    for message in messages:
        properties = []
        span = message.span
        if span:
            properties += [f"file={_property(span.file)}", f"line={span.line}", f"col={span.column}"]
            if span.end_line == span.line and span.end_column > span.column:
                properties.append(f"endColumn={span.end_column}")
        properties.append(f"title={_property(f'{message.code} {message.origin}'.strip())}")
        text = f"{message.text} ({message.hint})" if message.hint else message.text
        lines.append(f"::{_COMMANDS[message.level]} {','.join(properties)}::{_data(text)}")
    return lines


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
