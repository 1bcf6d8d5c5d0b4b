"""How rules say what is wrong: the field's path, its value, and the rest of the sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from meshctl.durations import nanoseconds
from meshctl.messages import DOUBTFUL, INVALID, Message, MessageType
from meshctl.model.resource import Field, format_path
from meshctl.schema.grammars import values

Grammar: TypeAlias = Callable[[str], str]


def invalid(field: Field, reason: str, hint: str = "", *, key: bool = False) -> Message:
    """An error at a field; `reason` goes on after the field's name."""
    return INVALID.at(field, key=key, problem=f"{named(field)} {reason}", hint=hint)


def doubtful(
    field: Field, reason: str, hint: str = "", *, key: bool = False, as_type: MessageType = DOUBTFUL
) -> Message:
    """A warning at a field."""
    return as_type.at(field, key=key, problem=f"{named(field)} {reason}", hint=hint)


def named(field: Field) -> str:
    """The path of a field, as messages name it."""
    return format_path(field.path) or "the object"


def shown(text: str) -> str:
    """A text in quotes, cut when it is long."""
    return f'"{text[:57]}…"' if len(text) > 60 else f'"{text}"'


def text(field: Field, grammar: Grammar) -> Iterator[Message]:
    """Checks a text, which may be empty, against a grammar."""
    problem = grammar(field.text)
    if problem:
        yield invalid(field, f"{shown(field.text)}: {problem}" if field.text else f"is missing or empty: {problem}")


def optional_text(field: Field, grammar: Grammar) -> Iterator[Message]:
    """Checks a text against a grammar, unless it is empty."""
    if field.text:
        yield from text(field, grammar)


def texts(field: Field, grammar: Grammar) -> Iterator[Message]:
    """Checks every text of a list against a grammar."""
    if field.value:
        for item in field:
            yield from text(item, grammar)


def keys(field: Field, grammar: Grammar) -> Iterator[Message]:
    """Checks every key of a map against a grammar."""
    if field.value:
        for name, item in field.items():
            problem = grammar(name)
            if problem:
                yield invalid(item, f"{shown(name)}: {problem}", key=True)


def port(field: Field) -> Iterator[Message]:
    """Checks a number that has to be a port."""
    problem = values.port(field.number)
    if problem:
        yield invalid(field, problem if not field.present else f"{field.value}: {problem}")


def optional_port(field: Field) -> Iterator[Message]:
    """Checks a port that may be left out, or be 0, which is the same."""
    if field.value:
        yield from port(field)


def not_negative(field: Field) -> Iterator[Message]:
    """Checks that a number is not below 0."""
    if field.number < 0:
        yield invalid(field, "cannot be negative")


def duration(field: Field) -> Iterator[Message]:
    """Checks a duration of at least a millisecond, where one is written (DUR)."""
    if field.present and (problem := values.duration(field.text)):
        yield invalid(field, f"{shown(field.text)}: {problem}")


def required_duration(field: Field) -> Iterator[Message]:
    """Checks a duration that has to be there."""
    if field.present:
        yield from duration(field)
    else:
        yield invalid(field, "is missing")


def milliseconds(field: Field) -> int:
    """A duration in whole milliseconds, 0 where there is none."""
    found = nanoseconds(field.text) if field.text else None
    return int(found / values.MILLISECOND) if found else 0


def percentage(field: Field, least: float = 0.0) -> Iterator[Message]:
    """Checks a number from 0 to 100."""
    if field.present and (problem := values.percentage(field.value, least=least)):
        yield invalid(field, problem)


def unset(field: Field, names: tuple[str, ...], why: str) -> Iterator[Message]:
    """One error for each of the fields that is set although it cannot be."""
    for name in names:
        if field[name]:
            yield invalid(field[name], why, key=True)
