"""What filters decide about a request, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What becomes of a request."""

    ALLOWED = "allowed"
    DENIED = "denied"
    UNKNOWN = "unknown"  # an external authorizer decides, or something the answer hangs on was not given


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """A rule of an AuthorizationPolicy, from the key that istiod gives it in a filter."""

    key: str
    """The key itself: `ns[shop]-policy[deny-all]-rule[0]`."""
    namespace: str = ""
    policy: str = ""
    rule: int = 0
    """Counted from 0."""

    def __str__(self) -> str:
        """How people are told of it: `rule 1 of deny-all.shop`; the key itself where it is not one of istiod."""
        return f"rule {self.rule + 1} of {self.policy}.{self.namespace}" if self.policy else self.key


@dataclass(frozen=True, slots=True)
class Step:
    """One filter on the way of the request."""

    filter: str
    """The name of the filter."""
    action: str
    """DENY, ALLOW, LOG, CUSTOM, or JWT for the check of tokens."""
    outcome: Outcome | None
    """None when the filter lets the next one decide."""
    reason: str
    matched: tuple[PolicyRule, ...] = ()
    """The rules that fit; the first one in the order of their keys is the one that Envoy names."""
    shadow: tuple[PolicyRule, ...] = ()
    """Rules of dry-run policies that fit; they decide nothing."""
    unmatched: tuple[tuple[PolicyRule, str], ...] = ()
    """The rules that do not fit, each with the first condition that fails."""
    doubtful: tuple[tuple[PolicyRule, str], ...] = ()
    """The rules that may fit, each with what they hang on and is not known."""
    status: int = 0
    """The HTTP status that a denial is answered with; 0 where the connection is closed."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision of all filters together."""

    outcome: Outcome
    reason: str
    decided_by: PolicyRule | None
    """None when no rule fits: then the default or the lack of an ALLOW decides."""
    steps: tuple[Step, ...]

    @property
    def denying(self) -> Step | None:
        """The filter that denies."""
        return next((step for step in self.steps if step.outcome is Outcome.DENIED), None)
