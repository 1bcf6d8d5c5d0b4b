"""JUnit XML: each file is a suite, each message a failed case, and a file without messages a passed one."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import quoteattr

from meshctl.messages import Level, Message


def as_junit(messages: Iterable[Message]) -> str:
    """A document with a suite for each file; messages below a warning are no failures."""
    suites: dict[str, list[Message]] = {}
    for message in messages:
        span = message.span
        suites.setdefault(span.file if span else "cluster", []).append(message)
    lines = []
    total = failed = 0
    for file, found in suites.items():
        failures = sum(message.level < Level.INFO for message in found)
        total += len(found)
        failed += failures
        lines.append(f'  <testsuite name={_attribute(file)} tests="{len(found)}" failures="{failures}">')
        for message in found:
            lines += _case(message, file)
        lines.append("  </testsuite>")
    if not suites:
        # Some readers take a report without any case for a mistake.
        total = 1
        lines = [
            '  <testsuite name="meshctl" tests="1" failures="0">',
            '    <testcase classname="meshctl" name="no problems"/>',
            "  </testsuite>",
        ]
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="meshctl" tests="{total}" failures="{failed}">\n'
    return head + "\n".join(lines) + "\n</testsuites>\n"


def _case(message: Message, file: str) -> list[str]:
    name = f"{message.code} {message.origin}".strip()
    span = message.span
    line = f' line="{span.line}"' if span else ""
    case = f"    <testcase classname={_attribute(file)} name={_attribute(name)} file={_attribute(file)}{line}"
    if message.level is Level.INFO:
        return [case + "/>"]
    kind, text = _attribute(str(message.level)), _attribute(message.text)
    return [
        case + ">",
        f"      <failure type={kind} message={text}>{_content(str(message))}</failure>",
        "    </testcase>",
    ]


def _attribute(text: str) -> str:
    return quoteattr(_allowed(text), {"\n": "&#10;", "\t": "&#9;"})


def _content(text: str) -> str:
    return _allowed(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _allowed(text: str) -> str:
    """The text without the characters that XML 1.0 cannot hold."""
    return "".join(
        char if char in "\t\n" or " " <= char <= "\ud7ff" or "\ue000" <= char <= "\ufffd" or char > "\uffff" else "�"
        for char in text
    )
