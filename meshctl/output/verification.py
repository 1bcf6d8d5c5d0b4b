"""Checks of an installation as a table, as data, and as JUnit XML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from meshctl.output.terminal import Paint
from meshctl.verify.checks import Check, Status
from meshctl.verify.verification import Verification

_MARKS = {Status.OK: ("✔", "green"), Status.OFF: ("✘", "red"), Status.UNKNOWN: ("?", "yellow")}
_COUNTED = (
    ("definition", "custom resource definitions"),
    ("object", "objects"),
    ("workload", "workloads"),
    ("webhook", "webhooks"),
    ("certificate", "certificates"),
)


def as_table(found: Verification, paint: Paint) -> Iterator[str]:
    """A line for each check, what is off last, as there a reader looks first; then numbers, and the end of it."""
    width = max((len(check.subject) for check in found.checks), default=0)
    order = {Status.OK: 0, Status.UNKNOWN: 1, Status.OFF: 2}
    for check in sorted(found.checks, key=lambda check: order[check.status]):
        mark, colour = _MARKS[check.status]
        detail = check.detail or ("as it should be" if check.status is Status.OK else "")
        yield f"{paint(mark, colour)} {check.subject.ljust(width)}  {_one_line(detail)}".rstrip()
        if check.status is not Status.OK:
            for line in check.hint.splitlines():
                yield f"    {_one_line(line)}"
    topics = Counter(check.topic for check in found.checks)
    for topic, name in _COUNTED:
        if topics[topic]:
            yield f"Checked {topics[topic]} {name}"
    yield _summary(found, paint)


def as_data(found: Verification) -> dict[str, Any]:
    """The checks and how many there are of each status."""
    counts = Counter(check.status for check in found.checks)
    return {
        "installations": list(found.titles),
        "summary": {str(status): counts[status] for status in Status},
        "checks": [_entry(check) for check in found.checks],
    }


def as_junit(found: Verification) -> str:
    """A suite for each topic; what is off is a failure, what could not be checked an error."""
    suites: dict[str, list[Check]] = {}
    for check in found.checks:
        suites.setdefault(check.topic, []).append(check)
    counts = Counter(check.status for check in found.checks)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites name={_attribute('meshctl')} {_counts(found.checks)}>",
    ]
    for topic, checks in suites.items():
        lines.append(f"  <testsuite name={_attribute(topic)} {_counts(checks)}>")
        for check in checks:
            lines += _case(check)
        lines.append("  </testsuite>")
    assert sum(counts.values()) == len(found.checks)
    return "\n".join([*lines, "</testsuites>", ""])


def _summary(found: Verification, paint: Paint) -> str:
    counts = Counter(check.status for check in found.checks)
    what = " and ".join(found.titles)
    if counts[Status.OFF]:
        left = f", {counts[Status.UNKNOWN]} could not be checked" if counts[Status.UNKNOWN] else ""
        return paint("✘", "red") + f" {what}: {counts[Status.OFF]} of {len(found.checks)} checks are off{left}"
    if counts[Status.UNKNOWN]:
        return paint("?", "yellow") + f" {what}: nothing is off, but {counts[Status.UNKNOWN]} checks were not possible"
    return paint("✔", "green") + f" {what}: installed and verified"


def _entry(check: Check) -> dict[str, str]:
    found = {"topic": check.topic, "subject": check.subject, "status": str(check.status), "detail": check.detail}
    return found | ({"hint": check.hint} if check.hint else {})


def _counts(checks: Any) -> str:
    found = Counter(check.status for check in checks)
    return f'tests="{len(checks)}" failures="{found[Status.OFF]}" errors="{found[Status.UNKNOWN]}"'


def _case(check: Check) -> list[str]:
    case = f"    <testcase classname={_attribute(check.topic)} name={_attribute(check.subject)}"
    if check.status is Status.OK:
        return [f"{case}/>"]
    kind = "failure" if check.status is Status.OFF else "error"
    text = escape(_one_line(check.detail + (f" ({check.hint})" if check.hint else "")))
    return [f"{case}>", f"      <{kind} message={_attribute(check.detail)}>{text}</{kind}>", "    </testcase>"]


def _attribute(text: str) -> str:
    return quoteattr(_one_line(text))


def _one_line(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)
