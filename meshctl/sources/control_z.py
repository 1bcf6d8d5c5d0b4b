"""The logging of an istiod by its ControlZ port: which scopes log what, and how that is changed.

The port answers to its own pod alone, so it is reached by a port-forward.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from urllib.parse import quote

from meshctl.errors import UNREADABLE, MeshctlError, UsageError

PORT = 9876
LEVELS = ("none", "error", "warn", "info", "debug")
DEFAULT_LEVEL, DEFAULT_STACK_TRACE_LEVEL = "info", "none"

_ALL = "all"


class ControlZError(MeshctlError):
    """The port answers with something else than scopes."""

    exit_code = UNREADABLE


class Ask(Protocol):
    """Sends a request to the ControlZ port of one istiod."""

    def __call__(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """The body of the answer. Raises a `MeshctlError`."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of istiod that logs. It adds stack traces to what is logged at the level for these, or is worse."""

    name: str
    description: str
    level: str
    stack_trace_level: str
    callers: bool = False
    """Whether it logs the place in the code too."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Levels by scope; the scope `""` stands for all of them."""

    levels: Mapping[str, str]
    stack_trace_levels: Mapping[str, str]

    def __bool__(self) -> bool:
        return bool(self.levels or self.stack_trace_levels)


def wish(
    level: str = "",
    stack_trace_level: str = "",
    *,
    log_reset: bool = False,
    stack_trace_reset: bool = False,
) -> Wish:
    """What flags ask for: levels as `scope:level,...`, above what is reset. Raises `UsageError`."""
    return Wish(
        ({"": DEFAULT_LEVEL} if log_reset else {}) | _parse(level, "--level"),
        ({"": DEFAULT_STACK_TRACE_LEVEL} if stack_trace_reset else {})
        | _parse(stack_trace_level, "--stack-trace-level"),
    )


def _parse(text: str, flag: str) -> dict[str, str]:
    found = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        scope, _, level = part.rpartition(":")
        if level not in LEVELS:
            raise UsageError(
                f"{flag} cannot be {text!r}: {level!r} is no level", hint=f"use one of {', '.join(LEVELS)}"
            )
        found["" if scope == _ALL else scope] = level
    return found


def read_scopes(ask: Ask) -> list[Scope]:
    """All scopes, by name. Raises a `MeshctlError`."""
    content = ask("GET", "/scopej")
    try:
        return sorted(map(_scope, json.loads(content)), key=lambda scope: scope.name)
    except (ValueError, TypeError, AttributeError) as error:
        text = " ".join(content[:120].decode("utf-8", "replace").split())
        raise ControlZError(
            f"this is no list of scopes: {text}", hint="--ctrlz_port is the port of ControlZ"
        ) from error


def changed(scopes: Iterable[Scope], wanted: Wish) -> Iterator[Scope]:
    """The scopes that a wish changes, as they will be."""
    for scope in scopes:
        level = wanted.levels.get(scope.name, wanted.levels.get("", scope.level))
        stack = wanted.stack_trace_levels.get(scope.name, wanted.stack_trace_levels.get("", scope.stack_trace_level))
        if (level, stack) != (scope.level, scope.stack_trace_level):
            yield replace(scope, level=level, stack_trace_level=stack)


def check_scopes(scopes: Sequence[Scope], wanted: Wish, istiod: str) -> None:
    """Raises `UsageError` for a scope that an istiod does not have."""
    names = {scope.name for scope in scopes}
    for name in (*wanted.levels, *wanted.stack_trace_levels):
        if name and name not in names:
            raise UsageError(
                f"{istiod} has no scope {name!r}, so nothing is changed", hint="admin log lists the scopes"
            )


def write_scope(ask: Ask, scope: Scope) -> None:
    """Sets the levels of a scope. Raises a `MeshctlError`."""
    # What is left out of the callers would switch them off.
    body = {
        "name": scope.name,
        "output_level": scope.level,
        "stack_trace_level": scope.stack_trace_level,
        "log_callers": scope.callers,
    }
    ask("PUT", f"/scopej/{quote(scope.name, safe='')}", json.dumps(body).encode())


def _scope(item: Mapping[str, Any]) -> Scope:
    return Scope(
        str(item.get("name", "")),
        str(item.get("description", "")),
        str(item.get("output_level", "")),
        str(item.get("stack_trace_level", "")),
        bool(item.get("log_callers", False)),
    )
