"""Whether requests are allowed, for people and as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from meshctl.diagnose.authz.question import Answer
from meshctl.diagnose.authz.requests import Asked
from meshctl.model.resource import Span
from meshctl.output.access import COLORS, access_data
from meshctl.output.terminal import Paint
from meshctl.proxyconfig.rbac.verdict import PolicyRule, Step

_LABEL = 10


def answer_lines(answers: Sequence[Answer], paint: Paint) -> Iterator[str]:
    """The answer for each workload; workloads for which it is the same share it."""
    for group in _alike(answers):
        yield from _lines(group, paint)


def answers_data(answers: Sequence[Answer]) -> list[dict[str, Any]]:
    """All answers as data."""
    return [_data(one) for one in answers]


def table_lines(results: Sequence[tuple[Asked, Sequence[Answer]]], paint: Paint) -> Iterator[str]:
    """A line for each request of a list, and whether it is as expected."""
    for asked, answers in results:
        outcome = worst(answers)
        told = next(one for one in answers if one.verdict.outcome.value == outcome)
        wrong = bool(asked.expect) and asked.expect != outcome
        expected = f" (expected {asked.expect})" if wrong else ""
        yield f"{paint(outcome, 'red' if wrong else '')}{expected}: {asked.title}: {told.verdict.reason}"


def worst(answers: Sequence[Answer]) -> str:
    """The outcome for several workloads of a service: denied where one of them denies."""
    outcomes = {one.verdict.outcome.value for one in answers}
    return next(outcome for outcome in ("denied", "unknown", "allowed") if outcome in outcomes)


def _alike(answers: Sequence[Answer]) -> list[list[Answer]]:
    groups: list[list[Answer]] = []
    for one in answers:
        known = next((group for group in groups if group[0].verdict == one.verdict and group[0].port == one.port), None)
        if known is not None:
            known.append(one)
        else:
            groups.append([one])
    return groups


def _lines(group: Sequence[Answer], paint: Paint) -> Iterator[str]:
    first = group[0]
    verdict = first.verdict
    outcome = paint(verdict.outcome.value, COLORS[verdict.outcome])
    yield f"{outcome}: {verdict.reason}{_written(first, verdict.decided_by)}"
    subjects = ", ".join(one.subject for one in group)
    if first.port is not None:
        spoken = first.port.protocol or ("http" if first.http else "tcp")
        subjects += f", port {first.port.number} ({spoken})"
    yield f"{'to':<{_LABEL}}{subjects}"
    for step in verdict.steps:
        yield from _step_lines(first, step, paint)
    for step in verdict.steps:
        for rule in step.shadow:
            yield f"{'dry run':<{_LABEL}}{step.action}: {rule} would fit{_written(first, rule)}"
    for note in first.notes:
        yield f"{'note':<{_LABEL}}{note}"


def _step_lines(answer: Answer, step: Step, paint: Paint) -> Iterator[str]:
    yield f"{step.action:<{_LABEL}}{step.reason}"
    for rule in step.matched[1:]:
        yield f"{'':<{_LABEL}}also {rule}{_written(answer, rule)}"
    for rule, reason in step.doubtful:
        yield f"{'':<{_LABEL}}perhaps {rule}: {reason}{_written(answer, rule)}"
    for rule, reason in step.unmatched:
        yield paint(f"{'':<{_LABEL}}not {rule}: {reason}{_written(answer, rule)}", "dim")


def _written(answer: Answer, rule: PolicyRule | None) -> str:
    place = answer.places.get(rule) if rule is not None else None
    return f" ({place.file}:{place.line})" if place is not None else ""


def _data(answer: Answer) -> dict[str, Any]:
    port = answer.port
    places = {rule.key: place for rule, place in answer.places.items()}
    return {
        "workload": answer.subject,
        "port": port.number if port is not None else None,
        "protocol": port.protocol if port is not None else "",
        "http": answer.http,
        **_placed(access_data(answer.verdict), places),
        "notes": list(answer.notes),
    }


def _placed(data: Any, places: Mapping[str, Span]) -> Any:
    """The data with the place of each rule that is written in a file."""
    if isinstance(data, list):
        return [_placed(one, places) for one in data]
    if not isinstance(data, dict):
        return data
    place = places.get(str(data.get("key")))
    found = {key: _placed(value, places) for key, value in data.items()}
    return {**found, **({"file": place.file, "line": place.line} if place is not None else {})}
