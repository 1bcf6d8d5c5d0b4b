"""Writes that the API server refuses: for fields that somebody else owns, or since another writer was faster."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from meshctl.install.ownership import MANAGER, OTHER_INSTALLERS
from meshctl.kube import ApiError, ConflictError

T = TypeVar("T")

ATTEMPTS = 5
"""How often something is tried that is refused for a reason which may pass."""

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


def was_overtaken(error: ApiError) -> bool:
    """Whether another writer, as a controller that notes its status, changed the object during the attempt."""
    return isinstance(error, ConflictError) and not conflicts(error)


def unless_overtaken(attempt: Callable[[], T]) -> T:
    """The result of an attempt, which is made again when another writer was faster; raises the error of the last."""
    for _ in range(ATTEMPTS - 1):
        try:
            return attempt()
        except ConflictError as error:
            if not was_overtaken(error):
                raise
    return attempt()
