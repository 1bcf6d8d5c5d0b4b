"""What the user does not want to hear: codes switched off for resources, by flag or by annotation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from meshctl.errors import UsageError
from meshctl.messages import Message, message_type

ANNOTATION = "galley.istio.io/analyze-suppress"
"""Annotation of a resource: a list of codes with commas, or `*` for all."""

_NEVER_SENT = frozenset({"IST0001", "IST0143", "IST0168"})
"""Codes that Istio defines and nothing sends; who suppresses them for istioctl need not change that."""


class Suppression:
    """A code, and a pattern over the resources that it is suppressed for.

    The pattern is held against `Kind namespace/name` and against `Kind name.namespace`; `*` stands for any text.
    """

    def __init__(self, code: str, pattern: str) -> None:
        self.code = code
        self.pattern = pattern
        self._matches = re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.DOTALL).fullmatch

    def covers(self, message: Message) -> bool:
        """Whether the message is suppressed by it."""
        if message.code != self.code:
            return False
        resource = message.resource
        if resource is None:
            return self._matches("") is not None
        dotted = f"{resource.name}.{resource.namespace}" if resource.namespace else resource.name
        return bool(self._matches(message.origin) or self._matches(f"{resource.kind.name} {dotted}"))


def parse_suppression(text: str) -> Suppression:
    """Reads `CODE=PATTERN`; raises `UsageError` for another form and for a code that does not exist."""
    code, equals, pattern = text.partition("=")
    if not equals or not pattern or "=" in pattern:
        raise UsageError(
            f"--suppress cannot read {text!r}", hint='write CODE=PATTERN, as in --suppress "IST0102=Namespace test*"'
        )
    check_code(code)
    return Suppression(code, pattern)


def check_code(code: str) -> None:
    """Raises `UsageError` for a code that does not exist."""
    if message_type(code) is None and code not in _NEVER_SENT:
        raise UsageError(f"there is no code {code!r}", hint="meshctl explain lists the codes")


def unsuppressed(messages: Iterable[Message], suppressions: Sequence[Suppression] = ()) -> list[Message]:
    """The messages that neither a flag nor an annotation of their resource suppresses."""
    by_code: dict[str, list[Suppression]] = {}
    for suppression in suppressions:
        by_code.setdefault(suppression.code, []).append(suppression)
    return [
        message
        for message in messages
        if not _by_annotation(message)
        and not any(suppression.covers(message) for suppression in by_code.get(message.code, ()))
    ]


def _by_annotation(message: Message) -> bool:
    value = message.resource.annotations.get(ANNOTATION) if message.resource is not None else None
    if not isinstance(value, str):
        return False
    codes = {code.strip() for code in value.split(",")}
    return "*" in codes or message.code in codes
