"""Runs analyzers over a snapshot and sorts what they say."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from meshctl.analysis.analyzer import Analyzer, analyzers
from meshctl.errors import FINDING, UNREADABLE
from meshctl.messages import SAME_OBJECT_TWICE, Level, Message
from meshctl.model.kind import Kind
from meshctl.model.snapshot import Snapshot


@dataclass(slots=True)
class Report:
    """The result of a run. `withheld` counts references that the input is too incomplete to judge."""

    messages: list[Message] = field(default_factory=list)
    withheld: int = 0
    seconds: dict[str, float] = field(default_factory=dict)


def analyze(mesh: Snapshot, only: Iterable[Analyzer] | None = None) -> Report:
    """Runs analyzers over a snapshot: `only` these, or else all of them and the check for objects that stand twice.

    Unless the snapshot is strict, a message about a missing reference is withheld when the snapshot holds no resource
    of any kind that could have satisfied it: then the input is only a part of a mesh, and what it lacks may well exist.
    The same holds for what an analyzer calls not proven, and for a reference to a kind that was not read. Other
    clusters of the mesh are only there to be referred to: nothing is said about what they alone have.
    """
    report = Report()
    for check in only if only is not None else analyzers():
        started = time.perf_counter()
        for message in check.check(mesh):
            if message.resource is not None and mesh.is_remote(message.resource):
                continue
            if message.needs & mesh.unread or (
                not mesh.strict and (not message.proven or (message.needs and not mesh.holds(message.needs)))
            ):
                report.withheld += 1
            else:
                report.messages.append(message)
        report.seconds[check.name] = time.perf_counter() - started
    if only is None:
        report.messages += _duplicates(mesh)
    report.messages = in_order(report.messages)
    return report


def kinds_read(only: Iterable[Analyzer] | None = None) -> frozenset[Kind]:
    """The kinds that a run reads of a cluster; checks of single objects by their schema read no kind for its own sake.

    The API server has checked its own kinds when it took them.
    """
    chosen = (
        list(only) if only is not None else [check for check in analyzers() if not check.name.startswith("schema.")]
    )
    return frozenset().union(*(check.inputs for check in chosen))


def _duplicates(mesh: Snapshot) -> Iterator[Message]:
    for first, second in mesh.duplicates:
        name = first.at("metadata", "name")
        span = name.span
        place = f"{span.file}:{span.line}" if span else "another place"
        yield SAME_OBJECT_TWICE.on(second, related=[name], kind=second.kind.name, object=second.full_name, first=place)


def in_order(messages: Iterable[Message]) -> list[Message]:
    """Messages by level, code, resource, place and text; equal ones once."""
    keyed = {}
    for message in messages:
        span = message.span
        resource = message.resource
        keyed[
            message.level,
            message.code,
            resource is not None,
            (resource.kind.name, resource.name, resource.namespace) if resource else ("", "", ""),
            (span.file, span.line, span.column) if span else ("", 0, 0),
            message.text,
        ] = message
    return [keyed[key] for key in sorted(keyed)]


def exit_code(messages: Sequence[Message], threshold: Level = Level.ERROR) -> int:
    """79 for a finding at or above the threshold, else 65 when input could not be read, else 0."""
    if any(message.level <= threshold and not message.type.unreadable for message in messages):
        return FINDING
    if any(message.type.unreadable for message in messages):
        return UNREADABLE
    return 0
