"""What istiods log, as tables and as data with the keys of istioctl."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from meshctl.output.table import table_lines
from meshctl.sources.control_z import Scope

_COLUMNS = ("ACTIVE SCOPE", "DESCRIPTION", "LOG LEVEL", "STACK TRACE LEVEL")
_GAP = 3


def lines(found: Mapping[str, Sequence[Scope]]) -> Iterator[str]:
    """A table for each istiod, below its name where there are several."""
    for number, (name, scopes) in enumerate(found.items()):
        if len(found) > 1:
            yield from ([""] if number else [])
            yield f"{name}:"
        rows = [(scope.name, scope.description, scope.level, scope.stack_trace_level) for scope in scopes]
        yield from table_lines(_COLUMNS, rows, _GAP)


def as_data(found: Mapping[str, Sequence[Scope]]) -> Any:
    """The scopes of the istiod; of several, by the names of these."""
    data = {name: [_scope(scope) for scope in scopes] for name, scopes in found.items()}
    return data if len(data) > 1 else next(iter(data.values()))


def _scope(scope: Scope) -> dict[str, str]:
    return {
        "scope_name": scope.name,
        "log_level": scope.level,
        "stack_trace_level": scope.stack_trace_level,
        "description": scope.description,
    }
