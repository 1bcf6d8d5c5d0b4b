"""Which rule decides whether a pod gets a sidecar: those of the API server, and after them those of the injector."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from meshctl.inject.decision import Policy, decide
from meshctl.inject.pod_templates import pod_templates
from meshctl.inject.webhooks import is_injector, verdict
from meshctl.model.kind_words import is_called
from meshctl.model.kinds.mutating_webhook_configuration import MUTATING_WEBHOOK_CONFIGURATION
from meshctl.model.kinds.namespace import NAMESPACE
from meshctl.model.resource import Resource
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import WORKLOAD_KINDS


@dataclass(frozen=True, slots=True)
class Row:
    """What one webhook (or, without any in the input, the injector alone) does with a workload."""

    workload: str
    webhook: str
    revision: str
    injected: bool
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A pod to ask about: its name, the namespace, and what the injector would see."""

    name: str
    namespace: str
    pod: Mapping[str, Any]


def subjects(mesh: Snapshot, wanted: str = "", namespace: str = "") -> Iterator[Subject]:
    """The workloads of a mesh, or those of a name: `[type/]name[.namespace]`.

    Names may hold dots themselves, namespaces may not.
    """
    kind, slash, name = wanted.rpartition("/")
    before, _, behind = name.rpartition(".")
    places = {(name, namespace), (before, behind)}
    for resource in (found for each in WORKLOAD_KINDS for found in mesh[each]):
        if slash and not is_called(resource.kind, kind):
            continue
        own = (resource.name, resource.namespace)
        if wanted and not places & {own, (resource.name, "")}:
            continue
        if not wanted and namespace and resource.namespace != namespace:
            continue
        for template in pod_templates(dict(resource.data)):
            title = f"{resource.kind.name} {resource.namespace}/{resource.name}"
            yield Subject(title, resource.namespace, template.pod or {})


def rows(mesh: Snapshot, subject: Subject, policies: Callable[[str], Policy], *, is_whole: bool = False) -> list[Row]:
    """A row for each injector of the mesh, by name; `policies` gives what the injector of a revision is told.

    A whole mesh, that of a cluster, injects nothing without webhooks; files rarely hold them, so that it is left to the
    injector alone.
    """
    hooks: list[Resource] = sorted(
        (hook for hook in mesh[MUTATING_WEBHOOK_CONFIGURATION] if is_injector(hook)), key=lambda hook: hook.name
    )
    if not hooks and is_whole:
        return [Row(subject.name, "-", "", False, "webhook", "the cluster has no webhook of an injector")]
    if not hooks:
        decision = decide(subject.pod, subject.namespace, policies(""))
        return [Row(subject.name, "-", "", decision.inject, decision.rule, decision.reason)]
    labels = _namespace_labels(mesh, subject.namespace)
    found = []
    for hook in hooks:
        said = verdict(hook, labels, _labels(subject.pod))
        injected, rule, reason = said.called, "webhook", said.reason
        if said.called:
            decision = decide(subject.pod, subject.namespace, policies(said.revision))
            if not decision.inject:
                injected, rule, reason = False, decision.rule, f"{said.reason}, but {decision.reason}"
        found.append(Row(subject.name, said.webhook, said.revision, injected, rule, reason))
    return found


def _namespace_labels(mesh: Snapshot, name: str) -> Mapping[str, Any]:
    # Every namespace has its name as a label, written or not.
    for namespace in mesh[NAMESPACE]:
        if namespace.name == name:
            return {"kubernetes.io/metadata.name": name, **namespace.labels}
    return {"kubernetes.io/metadata.name": name}


def _labels(pod: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = pod.get("metadata")
    labels = metadata.get("labels") if isinstance(metadata, dict) else None
    return labels if isinstance(labels, dict) else {}
