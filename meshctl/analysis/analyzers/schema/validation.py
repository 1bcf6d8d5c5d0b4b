"""One analyzer for each kind that has a schema: `schema.ValidationAnalyzer.<Kind>`."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import Check, analyzer
from meshctl.messages import INVALID, UNKNOWN_FIELD, Message
from meshctl.model.kind import Kind, known_kinds
from meshctl.model.snapshot import Snapshot


def _name(kind: Kind) -> str:
    # Kinds of one name in two groups exist: both have a Gateway.
    unique = sum(other.name == kind.name for other in known_kinds()) == 1 or kind.group.endswith("istio.io")
    return f"schema.ValidationAnalyzer.{kind.name if unique else f'{kind.group}.{kind.name}'}"


def _check(kind: Kind) -> Check:
    def validate(mesh: Snapshot) -> Iterator[Message]:
        resources = mesh[kind]
        if resources:
            from meshctl.schema.violations import violations

            for resource in resources:
                yield from violations(resource)

    validate.__doc__ = f"Checks each {kind.name} by the schema of its kind."
    return validate


for _kind in known_kinds():
    analyzer(_name(_kind), inputs={_kind}, emits={INVALID, UNKNOWN_FIELD})(_check(_kind))
