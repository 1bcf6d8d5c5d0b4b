"""Injects into whole files: documents without pods, and those that are not injected, keep their text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from meshctl.documents import Chunk, DocumentError, parse, split
from meshctl.errors import MeshctlError
from meshctl.inject.identity import identity
from meshctl.inject.injector import Injector, injected_names
from meshctl.inject.pod_templates import PodTemplate, pod_templates, replaced
from meshctl.inject.removal import remove, status
from meshctl.inject.shape import as_read
from meshctl.model.resource import Source

INJECTED, SKIPPED, REMOVED, ABSENT, FAILED = "injected", "skipped", "removed", "absent", "failed"


@dataclass(frozen=True, slots=True)
class Account:
    """What became of one workload; `rule` and `reason` tell why, `problem` what failed."""

    file: str
    line: int
    document: int
    workload: str
    result: str
    rule: str = ""
    reason: str = ""
    changed: bool = False
    warnings: tuple[str, ...] = ()
    problem: str = ""
    hint: str = ""

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.file}:{self.line}"


@dataclass(slots=True)
class Manifests:
    """The documents afterwards, as text or (where they changed) as data, and an account of each workload."""

    documents: list[str | dict[str, Any]] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    others: int = 0


Change = Callable[[PodTemplate, Account], tuple[Account, dict[str, Any] | None]]
"""What is done to a pod template: completes the account, and gives the new pod unless the old one stays."""


def injecting(injector: Injector) -> Change:
    """Puts a proxy into each pod that is to have one."""

    def change(template: PodTemplate, account: Account) -> tuple[Account, dict[str, Any] | None]:
        outcome = injector.inject(template)
        pod = outcome.pod
        return _filled(
            account,
            result=INJECTED if pod is not None else SKIPPED,
            rule=outcome.decision.rule,
            reason=outcome.decision.reason,
            warnings=outcome.warnings,
            changed=pod is not None and pod != template.pod,
        ), pod

    return change


def removing(template: PodTemplate, account: Account) -> tuple[Account, dict[str, Any] | None]:
    """Takes the proxy out of a pod that was injected."""
    pod = as_read(template)
    if status(pod) is None:
        names = ", ".join(sorted(injected_names(pod)))
        warnings = (f"it has {names}, but no note of an injection: nothing is taken out",) if names else ()
        return _filled(account, result=ABSENT, reason="it was never injected", warnings=warnings), None
    plain = remove(pod, identity(template))
    return _filled(account, result=REMOVED, reason="its sidecar is taken out", changed=True), plain


def _filled(account: Account, **changes: Any) -> Account:
    return replace(account, **changes)


def process(
    files: Iterable[tuple[str, str]],
    change: Change,
) -> Manifests:
    """The documents of files (name and text) after a change of their pods; failures are in the accounts."""
    found = Manifests()
    for file, text in files:
        for number, chunk in enumerate(split(text), 1):
            found.documents.append(_document(file, number, chunk, change, found))
    return found


def _document(
    file: str,
    number: int,
    chunk: Chunk,
    change: Change,
    found: Manifests,
) -> str | dict[str, Any]:
    try:
        data = parse(chunk).data
    except DocumentError as error:
        account = Account(file, error.line, number, "a document", FAILED, problem=error.message, hint=error.hint)
        found.accounts.append(account)
        return chunk.text
    if data is not None and not isinstance(data, dict):
        problem = "it is no mapping of keys to values"
        found.accounts.append(Account(file, _line(file, chunk), number, "a document", FAILED, problem=problem))
        return chunk.text
    changed = False
    any_pods = False
    for template in pod_templates(data):
        assert data is not None, "only mappings hold pods"
        any_pods = True
        account = Account(file, _line(file, chunk), number, template.full_name, FAILED)
        try:
            account, pod = change(template, account)
        except MeshctlError as error:
            account, pod = _filled(account, problem=error.message, hint=error.hint), None
        found.accounts.append(account)
        if pod is not None and (account.changed or pod != template.pod):
            data = replaced(data, template.path, _with_pod(template, pod))
            changed = True
    if data is not None and not any_pods:
        found.others += 1
    return data if changed else chunk.text


def _with_pod(template: PodTemplate, pod: dict[str, Any]) -> dict[str, Any]:
    owner = dict(template.owner)
    at = owner
    for step in template.pod_path[:-1]:
        inner = at.get(step)
        at[step] = dict(inner) if isinstance(inner, dict) else {}
        at = at[step]
    if not template.pod_path:
        return pod
    at[template.pod_path[-1]] = pod
    return owner


def _line(file: str, chunk: Chunk) -> int:
    return Source(file, chunk).line or chunk.line
