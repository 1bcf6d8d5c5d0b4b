"""Fields that somebody else owns, as the API server names them when it refuses an application."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from meshctl.install.ownership import MANAGER, OTHER_INSTALLERS
from meshctl.kube import ConflictError

_CAUSE = re.compile(r'(?P<field>\.\S.*?): conflict with "(?P<manager>[^"]+)"')


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that a manager set to another value: that of a person's tool, or of a program in the cluster."""

    field: str
    manager: str

    def __str__(self) -> str:
        return f"{self.field.lstrip('.')} was set by {self.manager}"


def conflicts(error: ConflictError) -> list[Conflict]:
    """The conflicts that a refusal names; none when it is about something else, as an object that has just changed."""
    return [Conflict(found["field"], found["manager"]) for text in error.causes if (found := _CAUSE.match(text))]


def with_people(found: Sequence[Conflict]) -> tuple[Conflict, ...]:
    """The conflicts with anybody but ourselves and the tools whose installation is taken over."""
    return tuple(conflict for conflict in found if conflict.manager not in {*OTHER_INSTALLERS, MANAGER})
