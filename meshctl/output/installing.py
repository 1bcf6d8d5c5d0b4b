"""Plans and accounts of installations as text, and as data for programs."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from meshctl.documents import write_json
from meshctl.install.comparison import Difference
from meshctl.install.identity import Identity
from meshctl.install.outcome import Account
from meshctl.install.plan import Action, Plan, Step
from meshctl.output.terminal import Paint

HIDDEN = "(hidden)"
"""What stands for the values of Secrets, and of fields that are secrets elsewhere."""

_TOKEN = re.compile(
    r"""((?:^|[\s"'{,.])(?:accessToken|Authorization)\\?["']?\s*:\s*)(\\?"[^"\n]*"|'[^'\n]*'|[^\s,}\n][^\n,}]*)"""
)
"""A field of a mesh configuration that is a secret, in YAML or JSON, also inside a text of JSON."""

_TOKEN_PATH = re.compile(r"\.(accessToken|Authorization)$")

_SIGNS = {Action.CREATE: ("+", "green"), Action.CHANGE: ("~", "yellow"), Action.REMOVE: ("-", "red")}
_RELEASE_LABELS = frozenset(
    f"metadata.labels[{name}]" for name in ("app.kubernetes.io/version", "helm.sh/chart", "operator.istio.io/version")
)
_WIDEST = 100
_MOST_LINES = 12
"""Lines of the diff of a text that are shown before somebody asks for all of them."""


def plan_lines(plan: Plan, paint: Paint, *, whole: bool = False) -> Iterator[str]:
    """What a plan does, component by component; with `whole` the diffs of long texts too, and the labels of releases.

    An upgrade changes these labels of every object, in which what matters would drown.
    """
    for name in plan.new_namespaces:
        yield f"{paint('+', 'green')} Namespace {name}"
    steps = [step for step in plan.steps if step.action is not Action.KEEP]
    for title in dict.fromkeys(step.component for step in steps):
        yield paint(title, "bold")
        own = [step for step in steps if step.component == title]
        relabelled = [] if whole else [step for step in own if _is_relabelled(step)]
        for step in own:
            if step not in relabelled:
                yield from _step_lines(step, paint, whole=whole)
        for taken in dict.fromkeys(step.taken_from for step in relabelled):
            number = sum(step.taken_from == taken for step in relabelled)
            objects = f"{number} object{'s' * (number != 1)}{_taken(taken)}"
            yield f"  {paint('~', 'yellow')} {objects}: labels of the release, which --diff shows"
    yield counts(plan)


def _is_relabelled(step: Step) -> bool:
    """Whether the labels that tell the release are all that changes."""
    plain = not step.conflicts and not step.problem
    return plain and bool(step.changes) and all(map(_tells_release, step.changes))


def _tells_release(change: Difference) -> bool:
    return change.path in _RELEASE_LABELS and change.before is not None and change.after is not None


def _taken(managers: Sequence[str]) -> str:
    return f", taken over from {' and '.join(managers)}" if managers else ""


def counts(plan: Plan) -> str:
    """How many objects a plan creates, changes, removes and leaves."""
    created = len(plan.of(Action.CREATE)) + len(plan.new_namespaces)
    changed, removed, kept = (len(plan.of(action)) for action in (Action.CHANGE, Action.REMOVE, Action.KEEP))
    return f"{created} to create, {changed} to change, {removed} to remove, {kept} unchanged"


def _step_lines(step: Step, paint: Paint, *, whole: bool) -> Iterator[str]:
    sign, colour = _SIGNS[step.action]
    yield f"  {paint(sign, colour)} {step.identity}{_taken(step.taken_from)}"
    for change in step.changes:
        if not whole and _tells_release(change):
            continue
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
