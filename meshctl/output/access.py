"""What filters decide about a request, for people and as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from meshctl.output.terminal import Paint
from meshctl.proxyconfig.rbac.verdict import Outcome, PolicyRule, Step, Verdict

COLORS = {Outcome.ALLOWED: "green", Outcome.DENIED: "red", Outcome.UNKNOWN: "yellow"}


def access_lines(verdict: Verdict, paint: Paint) -> Iterator[str]:
    """The decision, then each filter with the rules that make up its answer."""
    yield f"{paint(verdict.outcome.value, COLORS[verdict.outcome])}: {verdict.reason}"
    for step in verdict.steps:
        yield f"{step.action}: {step.reason}"
        # Why a rule does not fit matters where one should have.
        if step.action == "ALLOW" and step.outcome is not Outcome.ALLOWED:
            for rule, reason in step.unmatched:
                yield paint(f"  not {rule}: {reason}", "dim")
        for rule, reason in step.doubtful:
            yield f"  perhaps {rule}: {reason}"
        for rule in step.shadow:
            yield f"  {rule} fits, and is a dry run"


def access_data(verdict: Verdict) -> dict[str, Any]:
    """The same as data."""
    return {
        "outcome": verdict.outcome.value,
        "reason": verdict.reason,
        "decidedBy": _rule(verdict.decided_by) if verdict.decided_by else None,
        "filters": [_step(step) for step in verdict.steps],
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "filter": step.filter,
        "action": step.action,
        "outcome": step.outcome.value if step.outcome else None,
        "reason": step.reason,
        "status": step.status,
        "matched": [_rule(rule) for rule in step.matched],
        "notMatched": [{**_rule(rule), "reason": reason} for rule, reason in step.unmatched],
        "perhaps": [{**_rule(rule), "reason": reason} for rule, reason in step.doubtful],
        "dryRun": [_rule(rule) for rule in step.shadow],
    }


def _rule(rule: PolicyRule) -> dict[str, Any]:
    return {"key": rule.key, "namespace": rule.namespace, "policy": rule.policy, "rule": rule.rule}
