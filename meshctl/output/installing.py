"""Plans and accounts of installations as text, and as data for programs."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from meshctl.documents import write_json
from meshctl.install.comparison import Difference
from meshctl.install.identity import Identity
from meshctl.install.outcome import Account, Status
from meshctl.install.plan import Action, Plan, Step
from meshctl.install.uninstalling import Removal
from meshctl.output.terminal import Paint

HIDDEN = "(hidden)"
"""What stands for the values of Secrets, and of fields that are secrets elsewhere."""

_TOKEN = re.compile(
    r"""((?:^|[\s"'{,.])(?:accessToken|Authorization)\\?["']?\s*:\s*)(\\?"[^"\n]*"|'[^'\n]*'|[^\s,}\n][^\n,}]*)"""
)
"""A field of a mesh configuration that is a secret, in YAML or JSON, also inside a text of JSON."""

_TOKEN_PATH = re.compile(r"\.(accessToken|Authorization)$")

_SIGNS = {Action.CREATE: ("+", "green"), Action.CHANGE: ("~", "yellow"), Action.REMOVE: ("-", "red")}
_WIDEST = 100
_MOST_LINES = 12
"""Lines of the diff of a text that are shown before somebody asks for all of them."""


def plan_lines(plan: Plan, paint: Paint, *, whole: bool = False) -> Iterator[str]:
    """What a plan does, component by component; with `whole` the diffs of long texts too."""
    for name in plan.new_namespaces:
        yield f"{paint('+', 'green')} Namespace {name}"
    steps = [step for step in plan.steps if step.action is not Action.KEEP]
    for title in dict.fromkeys(step.component for step in steps):
        yield paint(title, "bold")
        for step in steps:
            if step.component == title:
                yield from _step_lines(step, paint, whole=whole)
    yield counts(plan)


def counts(plan: Plan) -> str:
    """How many objects a plan creates, changes, removes and leaves."""
    created = len(plan.of(Action.CREATE)) + len(plan.new_namespaces)
    changed, removed, kept = (len(plan.of(action)) for action in (Action.CHANGE, Action.REMOVE, Action.KEEP))
    return f"{created} to create, {changed} to change, {removed} to remove, {kept} unchanged"


def _step_lines(step: Step, paint: Paint, *, whole: bool) -> Iterator[str]:
    sign, colour = _SIGNS[step.action]
    taken = f", taken over from {' and '.join(step.taken_from)}" if step.taken_from else ""
    yield f"  {paint(sign, colour)} {step.identity}{taken}"
    for change in step.changes:
        yield from (f"      {line}" for line in _change_lines(change, step.identity, paint, whole=whole))
    for conflict in step.conflicts:
        yield f"      {paint('!', 'red')} {conflict}"
    if step.problem:
        yield f"      {paint('!', 'red')} {step.problem}"


def _change_lines(change: Difference, key: Identity, paint: Paint, *, whole: bool) -> Iterator[str]:
    before, after = (_shown(value, change.path, key) for value in (change.before, change.after))
    if before == after:
        yield f"{change.path}: differs in what is not shown"
    elif "\n" in before or "\n" in after:
        yield f"{change.path}:"
        lines = [
            line
            for line in difflib.unified_diff(before.splitlines(), after.splitlines(), n=1, lineterm="")
            if not line.startswith(("---", "+++"))
        ]
        for line in lines if whole else lines[:_MOST_LINES]:
            yield "  " + paint(line, {"+": "green", "-": "red"}.get(line[:1], "dim"))
        if not whole and len(lines) > _MOST_LINES:
            yield f"  ... and {len(lines) - _MOST_LINES} lines more, which --diff shows"
    elif change.before is None:
        yield f"{change.path}: {paint(_cut(after, whole), 'green')}"
    elif change.after is None:
        yield f"{change.path}: {paint(_cut(before, whole), 'red')} is taken away"
    else:
        yield f"{change.path}: {paint(_cut(before, whole), 'red')} -> {paint(_cut(after, whole), 'green')}"


def _shown(value: Any, path: str, key: Identity) -> str:
    if value is None:
        return ""
    found = _without_secrets(value, path, key)
    return found if isinstance(found, str) else write_json(found)


def _without_secrets(value: Any, path: str, key: Identity) -> Any:
    if value is None:
        return None
    if key.kind == "Secret" or _TOKEN_PATH.search(path):
        return HIDDEN
    if isinstance(value, str):
        return _TOKEN.sub(rf"\1{HIDDEN}", value)
    if isinstance(value, dict):
        return {name: _without_secrets(item, f"{path}.{name}", key) for name, item in value.items()}
    return [_without_secrets(item, path, key) for item in value] if isinstance(value, list) else value


def _cut(text: str, whole: bool) -> str:
    return text if whole or len(text) <= _WIDEST else f"{text[:_WIDEST]}..."


def account_lines(account: Account, paint: Paint, *, again: str, removal: bool = False) -> Iterator[str]:
    """What became of everything, for a run that did not end well; `again` is how to go on."""
    done, late = ("removed", "not gone") if removal else ("in place", "not ready")
    yield f"{paint('✘', 'red')} {account.failure or 'not everything is as wanted'}"
    yield f"{done}: {_count(account.of(Status.CREATED, Status.CHANGED, Status.KEPT, Status.REMOVED))}"
    for title, status in (("failed", Status.FAILED), (late, Status.NOT_READY)):
        for key in account.of(status):
            outcome = account.outcomes[key]
            yield f"{paint(title, 'red')}: {key}" + (f": {outcome.reason}" if outcome.reason else "")
            yield from (f"    {line}" for line in outcome.details)
    left = account.of(Status.NOT_REACHED)
    if left:
        yield f"not begun: {_count(left)}"
        yield from (f"    {key}" for key in left)
    yield again


def _count(keys: Sequence[Identity]) -> str:
    return f"{len(keys)} object{'' if len(keys) == 1 else 's'}"


def as_data(
    plan: Plan,
    status: str,
    account: Account | None = None,
    *,
    warnings: Iterable[str] = (),
    problems: Iterable[str] = (),
) -> dict[str, Any]:
    """A plan, and what became of it, for programs."""
    outcomes = account.outcomes if account else {}
    return {
        "status": status,
        "profile": plan.installation.profile,
        "revision": plan.installation.revision or "default",
        "namespace": plan.installation.namespace,
        "newNamespaces": list(plan.new_namespaces),
        "objects": [_object_data(step, outcomes.get(step.identity)) for step in plan.steps],
        "warnings": [*warnings, *(account.notes if account else ())],
        "problems": list(problems),
        **({"failure": account.failure} if account and account.failure else {}),
    }


def _object_data(step: Step, outcome: Any) -> dict[str, Any]:
    data: Mapping[str, Any] = step.wanted.data if step.wanted else step.live or {}
    key = step.identity
    found = {
        "action": str(step.action),
        "apiVersion": data.get("apiVersion"),
        "kind": key.kind,
        **({"namespace": key.namespace} if key.namespace else {}),
        "name": key.name,
        "component": step.component,
    }
    if step.changes:
        found["changes"] = [_change_data(change, key) for change in step.changes]
    if step.conflicts:
        found["conflicts"] = [{"field": item.field, "manager": item.manager} for item in step.conflicts]
    if step.taken_from:
        found["takenFrom"] = list(step.taken_from)
    if step.problem:
        found["problem"] = step.problem
    if outcome is not None:
        found["status"] = str(outcome.status)
        found |= {"reason": outcome.reason} if outcome.reason else {}
        found |= {"details": list(outcome.details)} if outcome.details else {}
    return found


def _change_data(change: Difference, key: Identity) -> dict[str, Any]:
    before, after = (_without_secrets(value, change.path, key) for value in (change.before, change.after))
    return {"path": change.path, "before": before, "after": after}


def removal_data(removal: Removal, status: str, account: Account | None = None) -> dict[str, Any]:
    """An uninstallation, and what became of it, for programs."""
    outcomes = account.outcomes if account else {}
    objects = []
    for key, item in (*removal.objects, *removal.made_by_istiod):
        found = {"apiVersion": item.get("apiVersion"), "kind": key.kind}
        found |= {"namespace": key.namespace} if key.namespace else {}
        found["name"] = key.name
        if key in outcomes:
            found["status"] = str(outcomes[key].status)
            found |= {"reason": outcomes[key].reason} if outcomes[key].reason else {}
        objects.append(found)
    return {
        "status": status,
        "objects": objects,
        "kept": list(removal.kept),
        "warnings": list(removal.warnings),
        **({"failure": account.failure} if account and account.failure else {}),
    }
