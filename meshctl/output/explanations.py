"""Prints what codes mean."""

from __future__ import annotations

import json

from meshctl.explanations import explanation
from meshctl.messages import message_types


def as_table() -> str:
    """Code, level and name of every message, one a line."""
    rows = [(found.code, str(found.level), found.name) for found in message_types()]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    head = ("CODE", "LEVEL", "NAME")
    return "\n".join(f"{code:<{widths[0]}}  {level:<{widths[1]}}  {name}" for code, level, name in (head, *rows))


def as_text(code: str) -> str:
    """Everything about a code, for reading."""
    found = explanation(code)
    parts = [f"{found.type.code} {found.type.name} ({found.type.level})", found.meaning]
    for title, body in (("Bad", found.bad), ("Good", found.good)):
        if body:
            parts.append(f"{title}:\n" + "\n".join(f"    {line}".rstrip() for line in body.splitlines()))
    for title, body in (("Fix", found.fix), ("See also", found.see)):
        if body:
            parts.append(f"{title}: {body}")
    return "\n\n".join(parts)


def print_json(codes: list[str]) -> None:
    """Everything about the codes, or about all, as a list."""
    found = [explanation(code) for code in codes or [known.code for known in message_types()]]
    data = [
        {
            "code": one.type.code,
            "name": one.type.name,
            "level": str(one.type.level),
            "meaning": one.meaning,
            "bad": one.bad,
            "good": one.good,
            "fix": one.fix,
            "see": one.see,
        }
        for one in found
    ]
    print(json.dumps(data, indent=2, ensure_ascii=False))
