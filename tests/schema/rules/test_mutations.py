"""No case becomes a traceback when one of its values turns into something else, whatever and wherever it is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from meshctl import sources
from meshctl.analysis import analyze
from meshctl.model.resource import FieldPath, Resource, Source
from meshctl.model.snapshot import Snapshot
from tests.schema.rules.test_rules import CASES, CHECKS

OTHERS: list[Any] = [None, [], {}, [None], {"a": None}, -1, 2.5, 10**20, "", "a", True, [{}], {"a": {}}, ["a"]]


def paths(value: Any, path: FieldPath = ()) -> Iterator[FieldPath]:
    """The path of every value below a value."""
    for step, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, step)
        yield from paths(item, (*path, step))


def replaced(value: Any, path: FieldPath, other: Any) -> Any:
    """A copy of a value in which another stands at a path."""
    if not path:
        return other
    first, *rest = path
    if isinstance(value, dict):
        return {**value, first: replaced(value[first], tuple(rest), other)}
    return [replaced(item, tuple(rest), other) if index == first else item for index, item in enumerate(value)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.stem}")
def test_any_value_can_stand_anywhere(case: Path) -> None:
    others = cycle(OTHERS)
    for resource in sources.read([str(case)]).resources:
        mutants: list[Resource] = []
        for path in paths(resource.data):
            if path[0] in ("spec", "metadata") and path not in (("metadata",), ("metadata", "name")):
                data = replaced(resource.data, path, next(others))
                source = Source("mutant.yaml")
                mutants.append(Resource(resource.kind, resource.version, "shop", f"m{len(mutants)}", data, source))
        for message in analyze(Snapshot(mutants), CHECKS).messages:
            assert message.text
            assert isinstance(message.hint, str)
