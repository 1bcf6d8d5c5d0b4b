"""SARIF 2.1.0: static analysis results as code hosts show them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from meshctl import __version__
from meshctl.messages import Level, Message
from meshctl.model.resource import Span, format_path

_LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "note"}


def as_sarif(messages: Iterable[Message]) -> dict[str, Any]:
    """A log with one run: the rules that occur, and a result for each message."""
    rules: dict[str, dict[str, Any]] = {}
    results = []
    for message in messages:
        if message.code not in rules:
            rules[message.code] = {
                "id": message.code,
                "name": message.type.name,
                "shortDescription": {"text": message.type.name},
                "defaultConfiguration": {"level": _LEVELS[message.level]},
                "help": {"text": f"meshctl explain {message.code}"},
            }
        results.append(_result(message, list(rules).index(message.code)))
    driver = {"name": "meshctl", "version": __version__, "rules": list(rules.values())}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }


def _result(message: Message, rule: int) -> dict[str, Any]:
    text = f"{message.text} ({message.hint})" if message.hint else message.text
    result: dict[str, Any] = {
        "ruleId": message.code,
        "ruleIndex": rule,
        "level": _LEVELS[message.level],
        "message": {"text": text},
    }
    span = message.span
    location: dict[str, Any] = {}
    if span:
        location["physicalLocation"] = _physical(span)
    if message.resource is not None:
        name = message.origin
        location["logicalLocations"] = [{"fullyQualifiedName": name, "kind": "resource"}]
        path = format_path(message.path)
        if path:
            location["logicalLocations"].append({"fullyQualifiedName": f"{name} {path}", "kind": "member"})
    if location:
        result["locations"] = [location]
    related = [
        {"physicalLocation": _physical(other), "message": {"text": repr(field.resource)}}
        for field in message.related
        if (other := field.span)
    ]
    if related:
        result["relatedLocations"] = related
    return result


def _physical(span: Span) -> dict[str, Any]:
    region = {"startLine": span.line, "startColumn": span.column}
    if (span.end_line, span.end_column) > (span.line, span.column):
        region |= {"endLine": span.end_line, "endColumn": span.end_column}
    return {"artifactLocation": {"uri": _uri(span.file)}, "region": region}


def _uri(file: str) -> str:
    """A relative reference with slashes, or a file URI for an absolute path."""
    path = PurePosixPath(file.replace(os.sep, "/"))
    return path.as_uri() if path.is_absolute() else quote(os.fsencode(os.path.normpath(path.as_posix())))
