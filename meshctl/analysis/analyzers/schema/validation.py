"""One analyzer for each kind that has a schema: `schema.ValidationAnalyzer.<Kind>`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

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
from meshctl.model.resource import FieldPath
from meshctl.model.snapshot import Snapshot


def _name(kind: Kind) -> str:
    # Kinds of one name in two groups exist: both have a Gateway.
    unique = sum(other.name == kind.name for other in known_kinds()) == 1 or kind.group.endswith("istio.io")
    return f"schema.ValidationAnalyzer.{kind.name if unique else f'{kind.group}.{kind.name}'}"


def _once(violations: list[Message], rules: list[Message], own: list[Message]) -> Iterator[Message]:
    """What schema, rules in CEL and validator say, without what they say of the same mistake."""
    errors = {
        message.path[:length] for message in own if message.type is INVALID for length in range(len(message.path) + 1)
    }
    # A rule of a CRD is about a whole field; where the validator names what is wrong in it, that is the better answer.
    said = [*violations, *(rule for rule in rules if len(rule.path) < 2 or rule.path not in errors)]
    yield from said
    codes: dict[FieldPath, set[str]] = {}
    for message in said:
        codes.setdefault(message.path, set()).add(message.code)
    for message in own:
        if not _follows(message, codes):
            yield message


def _follows(message: Message, said: Mapping[FieldPath, set[str]]) -> bool:
    """Whether a message of the validator repeats one of the schema, or is about what lacks in a field with one."""
    if message.resource is None:
        return False
    if message.code in said.get(message.path, ()):
        return True
    for depth in range(len(message.path)):
        if message.path[:depth] in said and not message.resource.at(*message.path[: depth + 1]).present:
            return True
    return False


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
            found = list(violations(resource))
            rules = [] if found else list(broken_rules(resource))
            own = list(check(resource)) if check is not None else []
            if not found and not rules:
                yield from own
            else:
                yield from _once(found, rules, own)

    validate.__doc__ = f"Checks each {kind.name} by itself: its schema, and the rules that a schema cannot express."
    return validate


_EMITS = {INVALID, DOUBTFUL, OVERLOOKED, UNKNOWN_FIELD, UNREACHABLE_RULE, INEFFECTIVE_MATCH, DEPRECATED_VALUE}

for _kind in known_kinds():
    analyzer(_name(_kind), inputs={_kind}, emits=_EMITS)(_check(_kind))
