"""Injects into whole files: documents without pods, and those that are not injected, keep their text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from meshctl.documents import Chunk, DocumentError, Parsed, parse, parse_all, split, write_json, write_yaml
from meshctl.errors import MeshctlError
from meshctl.inject import record
from meshctl.inject.identity import identity
from meshctl.inject.injector import Outcome, injected_names
from meshctl.inject.json_patch import Operation
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


@dataclass(frozen=True, slots=True)
class Changed:
    """A document that changed: its data, and the comments in front of it."""

    head: str
    data: dict[str, Any]


@dataclass(slots=True)
class Manifests:
    """The documents afterwards, those that did not change as their text, and an account of each workload."""

    documents: list[str | Changed] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    others: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a pod template: the account, the new pod unless the old one stays, and what was lost of it."""

    account: Account
    pod: dict[str, Any] | None = None
    lost: Sequence[Operation] = ()


Change = Callable[[PodTemplate, Account, Sequence[Operation]], Result]
"""What is done to a pod template, given an account to complete and what an earlier injection lost."""


class Injects(Protocol):
    """Something that puts proxies into pods: our own injector, or one that runs in a cluster."""

    def inject(self, template: PodTemplate, lost: Sequence[Operation] = ()) -> Outcome:
        """What becomes of a pod of which an earlier injection lost something; raises a `MeshctlError`."""


def injecting(injector: Injects) -> Change:
    """Puts a proxy into each pod that is to have one."""

    def change(template: PodTemplate, account: Account, lost: Sequence[Operation]) -> Result:
        outcome = injector.inject(template, lost)
        pod = outcome.pod
        account = replace(
            account,
            result=INJECTED if pod is not None else SKIPPED,
            rule=outcome.decision.rule,
            reason=outcome.decision.reason,
            warnings=outcome.warnings,
            changed=pod is not None and pod != template.pod,
        )
        return Result(account, pod, outcome.lost)

    return change


def removing(template: PodTemplate, account: Account, lost: Sequence[Operation]) -> Result:
    """Takes the proxy out of a pod that was injected."""
    pod = as_read(template)
    if status(pod) is None:
        names = ", ".join(sorted(injected_names(pod)))
        warnings = (f"it has {names}, but no note of an injection: nothing is taken out",) if names else ()
        return Result(replace(account, result=ABSENT, reason="it was never injected", warnings=warnings))
    account = replace(account, result=REMOVED, reason="its sidecar is taken out", changed=True)
    return Result(account, remove(pod, identity(template), lost))


def process(files: Iterable[tuple[str, str]], change: Change) -> Manifests:
    """The documents of files (name and text) after a change of their pods; failures are in the accounts."""
    found = Manifests()
    for file, text in files:
        chunks = split(text)
        for number, (chunk, parsed) in enumerate(zip(chunks, parse_all(chunks), strict=True), 1):
            found.documents.append(_document(file, number, chunk, parsed, change, found))
    return found


def _document(
    file: str, number: int, chunk: Chunk, parsed: Parsed | DocumentError, change: Change, found: Manifests
) -> str | Changed:
    if isinstance(parsed, DocumentError):
        account = Account(file, parsed.line, number, "a document", FAILED, problem=parsed.message, hint=parsed.hint)
        found.accounts.append(account)
        return chunk.text
    data = parsed.data
    if data is None:
        return chunk.text
    if not isinstance(data, dict):
        problem = "it is no mapping of keys to values"
        found.accounts.append(Account(file, _line(file, chunk), number, "a document", FAILED, problem=problem))
        return chunk.text
    templates = list(pod_templates(data))
    if not templates:
        found.others += 1
        return chunk.text
    head = record.head(chunk.text)
    kept, losses = record.read(head), {}
    changed = False
    for template in templates:
        account = Account(file, _line(file, chunk), number, template.full_name, FAILED)
        try:
            result = change(template, account, kept.get(template.path, ()))
        except MeshctlError as error:
            result = Result(replace(account, problem=error.message, hint=error.hint))
        found.accounts.append(result.account)
        losses[template.path] = result.lost
        if result.pod is not None and (result.account.changed or result.pod != template.pod):
            data = replaced(data, template.path, _with_pod(template, result.pod))
            changed = True
    if not changed:
        return chunk.text
    comments = "".join(f"{line}\n" for line in record.without(head) if line.strip())
    return Changed(record.written(losses) + comments, data)


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


def as_yaml(found: Manifests) -> str:
    """The documents, each with its own text or with the comments that stood in front of it."""
    texts = [item if isinstance(item, str) else item.head + write_yaml(item.data) for item in found.documents]
    return "---\n".join(text if text.endswith("\n") else text + "\n" for text in texts)


def as_json(found: Manifests) -> str:
    """One object as it is, several as the items of a List."""
    items = []
    for item in found.documents:
        try:
            data = parse(Chunk(item, 1)).data if isinstance(item, str) else item.data
        except DocumentError:
            continue  # it is among the failures
        if data is not None:
            items.append(data)
    if len(items) == 1:
        return write_json(items[0], indent=2) + "\n"
    return write_json({"apiVersion": "v1", "kind": "List", "items": items}, indent=2) + "\n"
