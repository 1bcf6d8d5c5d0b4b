"""Finds one resource of thousands without decoding the others."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TypeVar

from msgspec import Struct

from meshctl.proxyconfig.dump import Entry, State

M = TypeVar("M", bound=Struct)

_SERVING = (State.ACTIVE, State.STATIC)


def named(entries: Iterable[Entry[M]], name: str, *, states: tuple[State, ...] = _SERVING) -> M | None:
    """The resource of that name that is in use."""
    written = json.dumps(name, ensure_ascii=False).encode()
    for entry in entries:
        if entry.state in states and written in bytes(memoryview(entry.raw)) and entry.name == name:
            return entry.resource
    return None
