"""A section of two dumps as JSON text, and what differs as a unified diff.

Only resources that differ are compared line by line: in a section of ten thousand, that is a matter of seconds instead
of hours.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from meshctl.proxyconfig.comparable import in_order

_CONTEXT = 7
_INDENT = 4

_WRAPPED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "cluster": ("dynamicActiveClusters", ("cluster",)),
    "listener": ("dynamicListeners", ("activeState", "listener")),
    "route": ("dynamicRouteConfigs", ("routeConfig",)),
    "endpoint": ("dynamicEndpointConfigs", ("endpointConfig",)),
    "secret": ("dynamicActiveSecrets", ("secret",)),
    "ecds": ("ecdsFilters", ("ecdsFilter",)),
}
"""The list of a section, and the fields that a resource stands in."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Lines of both sides, equal or not, by where they begin and end."""

    equal: bool
    first: range
    second: range


def unified_diff(
    kind: str, first: Mapping[str, Any], second: Mapping[str, Any], names: tuple[str, str]
) -> Iterator[str]:
    """The lines of a diff between the resources of a kind, by name; none when there is nothing that differs."""
    sides: tuple[list[str], list[str]] = ([], [])
    runs = _merged(_runs(kind, first, second, sides))
    if all(run.equal for run in runs):
        return
    yield f"--- {names[0]}"
    yield f"+++ {names[1]}"
    for hunk in _hunks(runs):
        yield f"@@ -{_place(hunk, 0)} +{_place(hunk, 1)} @@"
        for run in hunk:
            if run.equal:
                yield from (f" {sides[0][at]}" for at in run.first)
            else:
                yield from (f"-{sides[0][at]}" for at in run.first)
                yield from (f"+{sides[1][at]}" for at in run.second)


def _runs(
    kind: str, first: Mapping[str, Any], second: Mapping[str, Any], sides: tuple[list[str], list[str]]
) -> Iterator[_Run]:
    field = _WRAPPED[kind][0]
    frame = ["{", f'{" " * _INDENT}"{field}": [']
    yield _added(sides, frame, frame, equal=True)
    for name in sorted(first.keys() | second.keys()):
        if name in first and first[name] == second.get(name):
            lines = _text(kind, in_order(first[name]))
            yield _added(sides, lines, lines, equal=True)
            continue
        # Fields in the order of one side, or else every object would differ.
        model = in_order(second[name]) if name in second else None
        one = _text(kind, _like(in_order(first[name]), model)) if name in first else []
        other = _text(kind, model) if name in second else []
        if one == other:
            yield _added(sides, one, other, equal=True)
            continue
        at = (len(sides[0]), len(sides[1]))
        _added(sides, one, other, equal=False)
        for tag, start, end, start_2, end_2 in SequenceMatcher(None, one, other).get_opcodes():
            yield _Run(tag == "equal", range(at[0] + start, at[0] + end), range(at[1] + start_2, at[1] + end_2))
    closing = [f"{' ' * _INDENT}]", "}"]
    yield _added(sides, closing, closing, equal=True)


def _added(sides: tuple[list[str], list[str]], one: Sequence[str], other: Sequence[str], *, equal: bool) -> _Run:
    starts = [len(side) for side in sides]
    sides[0].extend(one)
    sides[1].extend(other)
    return _Run(equal, range(starts[0], len(sides[0])), range(starts[1], len(sides[1])))


def _text(kind: str, resource: Any) -> list[str]:
    """The lines of a resource as an item of its section."""
    for field in reversed(_WRAPPED[kind][1]):
        resource = {field: resource}
    margin = " " * (2 * _INDENT)
    lines = json.dumps(resource, indent=_INDENT, ensure_ascii=False).split("\n")
    return [*(margin + line for line in lines[:-1]), f"{margin}{lines[-1]},"]


def _like(data: Any, model: Any) -> Any:
    """The data with its fields in the order that they have in a model; what the model lacks comes last."""
    if isinstance(data, dict) and isinstance(model, dict):
        keys = [key for key in model if key in data]
        return {key: _like(data[key], model.get(key)) for key in dict.fromkeys([*keys, *data])}
    if isinstance(data, list) and isinstance(model, list):
        return [_like(item, model[at] if at < len(model) else None) for at, item in enumerate(data)]
    return data


def _merged(runs: Iterator[_Run]) -> list[_Run]:
    """Equal runs that follow each other as one."""
    found: list[_Run] = []
    for run in runs:
        if not run.first and not run.second:
            continue
        if found and found[-1].equal == run.equal:
            last = found.pop()
            run = _Run(run.equal, range(last.first.start, run.first.stop), range(last.second.start, run.second.stop))
        found.append(run)
    return found


def _hunks(runs: list[_Run]) -> Iterator[list[_Run]]:
    """The runs that differ with some equal lines around them; those near each other together."""
    hunk: list[_Run] = []
    for index, run in enumerate(runs):
        if not run.equal:
            hunk.append(run)
            continue
        before, after = index > 0, index + 1 < len(runs)
        if before and after and len(run.first) <= 2 * _CONTEXT:
            hunk.append(run)
            continue
        if before:
            yield [*hunk, _Run(True, run.first[:_CONTEXT], run.second[:_CONTEXT])]
        hunk = [_Run(True, run.first[-_CONTEXT:], run.second[-_CONTEXT:])] if after else []
    if hunk and not runs[-1].equal:
        yield hunk


def _place(hunk: list[_Run], side: int) -> str:
    """The first line, from 1, and the number of lines, as diffs write them."""
    ranges = [(run.first, run.second)[side] for run in hunk]
    start, count = ranges[0].start, sum(map(len, ranges))
    return f"{start + 1 if count else start},{count}"
