"""One analyzer for each kind that has a schema: `schema.ValidationAnalyzer.<Kind>`."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import Check, analyzer
from meshctl.messages import (
    DEPRECATED_VALUE,
    DOUBTFUL,
    INEFFECTIVE_MATCH,
    INVALID,
    OVERLOOKED,
    UNKNOWN_FIELD,
    UNREACHABLE_RULE,
    Message,
)
from meshctl.model.kind import Kind, known_kinds
from meshctl.model.snapshot import Snapshot


def _name(kind: Kind) -> str:
    # Kinds of one name in two groups exist: both have a Gateway.
    unique = sum(other.name == kind.name for other in known_kinds()) == 1 or kind.group.endswith("istio.io")
    return f"schema.ValidationAnalyzer.{kind.name if unique else f'{kind.group}.{kind.name}'}"


def _check(kind: Kind) -> Check:
    def validate(mesh: Snapshot) -> Iterator[Message]:
        resources = mesh[kind]
        if not resources:
            return
        # Imported here because a run needs the schemas and validators of few kinds.
        from meshctl.schema.expressions import broken_rules
        from meshctl.schema.validators import validator_of
        from meshctl.schema.violations import violations

        check = validator_of(kind)
        for resource in resources:
            found = list(violations(resource)) or list(broken_rules(resource))
            yield from found
            if check is None:
                continue
            said = {message.path for message in found}
            for message in check(resource):
                if not said or not any(message.path[: len(path)] == path for path in said):
                    yield message

    validate.__doc__ = f"Checks each {kind.name} by itself: its schema, and the rules that a schema cannot express."
    return validate


_EMITS = {INVALID, DOUBTFUL, OVERLOOKED, UNKNOWN_FIELD, UNREACHABLE_RULE, INEFFECTIVE_MATCH, DEPRECATED_VALUE}

for _kind in known_kinds():
    analyzer(_name(_kind), inputs={_kind}, emits=_EMITS)(_check(_kind))
