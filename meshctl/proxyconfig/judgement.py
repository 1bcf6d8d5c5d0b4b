"""Whether conditions hold, where something that they hang on may not be known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_SHOWN = 4
"""So many alternatives are told of one thing."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a condition holds, and what was compared with what."""

    fits: bool | None
    """None when it hangs on what is not known."""
    given: str
    """What the request has: `path is '/admin'`."""
    wanted: str = ""
    """What the condition is: `begins with /api/`; empty when `given` says all."""

    @property
    def reason(self) -> str:
        """Why it does not hold, or is not known to."""
        return f"{self.given}, wanted: {self.wanted}" if self.wanted else self.given


def unknown(why: str) -> Judgement:
    """A condition of which nothing can be said."""
    return Judgement(None, why)


def every(parts: Iterable[Judgement]) -> Judgement:
    """All of the conditions together; the first that fails is the reason."""
    found = list(parts)
    for answer in (False, None):
        failing = next((part for part in found if part.fits is answer), None)
        if failing is not None:
            return failing
    return Judgement(True, " and ".join(dict.fromkeys(part.reason for part in found if part.given)))


def some(parts: Iterable[Judgement]) -> Judgement:
    """At least one of the conditions; without any, none holds."""
    found = list(parts)
    for answer in (True, None):
        deciding = next((part for part in found if part.fits is answer), None)
        if deciding is not None:
            return deciding
    alternatives: dict[str, list[str]] = {}
    for part in found:
        alternatives.setdefault(part.given, []).append(part.wanted)
    texts = [Judgement(False, given, _either(wanted)) for given, wanted in alternatives.items()]
    if len(texts) == 1:
        return texts[0]
    return Judgement(False, "; ".join(text.reason for text in texts) or "nothing fits an empty list")


def opposite(part: Judgement) -> Judgement:
    """That the condition does not hold."""
    if part.fits is None:
        return part
    return Judgement(not part.fits, part.given, f"none that {part.wanted}" if part.wanted else "the opposite")


def _either(wanted: Sequence[str]) -> str:
    shown = list(dict.fromkeys(filter(None, wanted)))
    more = len(shown) - _SHOWN
    return " or ".join([*shown[:_SHOWN], *([f"{more} more"] if more > 0 else [])])
