"""Webhooks that inject the same pods, or that call a service which does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import WEBHOOK_FAULT, Message
from meshctl.model.kinds.mutating_webhook_configuration import MUTATING_WEBHOOK_CONFIGURATION
from meshctl.model.kinds.service import SERVICE
from meshctl.model.membership import INJECT, INJECTION, REVISION
from meshctl.model.resource import Field, Resource
from meshctl.model.selectors import matches_label_selector
from meshctl.model.snapshot import Snapshot

_Labels = dict[str, str]


@analyzer("webhook.Analyzer", inputs={MUTATING_WEBHOOK_CONFIGURATION, SERVICE}, emits={WEBHOOK_FAULT})
def webhook(mesh: Snapshot) -> Iterator[Message]:
    """Checks that every pod is injected by one webhook at most, and that the services of the webhooks exist."""
    found: list[Field] = []
    revisions: dict[str, None] = {}
    for configuration in mesh[MUTATING_WEBHOOK_CONFIGURATION]:
        own = _revisions(configuration)
        entries = list(configuration.field["webhooks"])
        if own or any(entry["name"].text.endswith("istio.io") for entry in entries):
            found += entries
            revisions.update(dict.fromkeys(own))
    yield from _overlaps(found, list(revisions))
    for entry in found:
        yield from _service(mesh, entry)


def _revisions(configuration: Resource) -> list[str]:
    """The revisions that a configuration is for, by its label and by what its selectors ask for."""
    found = [configuration.labels.get(REVISION)]
    for entry in configuration.field["webhooks"]:
        for selector in (entry["namespaceSelector"], entry["objectSelector"]):
            found.append(selector["matchLabels"].mapping.get(REVISION))
            for expression in selector["matchExpressions"]:
                if expression["key"].value == REVISION:
                    found += expression["values"].texts
    return [revision for revision in found if isinstance(revision, str) and revision]


def _overlaps(webhooks: list[Field], revisions: list[str]) -> Iterator[Message]:
    """Tries the labels that namespaces and pods may have, and reports webhooks that are called for the same ones."""
    namespaces = _with_revisions([{}, {INJECTION: "enabled"}, {INJECTION: "disabled"}], revisions)
    objects = _with_revisions([{}, {INJECT: "true"}, {INJECT: "false"}], revisions)
    called: dict[tuple[int, int], list[int]] = {}
    for number, entry in enumerate(webhooks):
        outer = _matching(entry["namespaceSelector"], namespaces)
        inner = _matching(entry["objectSelector"], objects)
        for namespace in outer:
            for pod in inner:
                called.setdefault((namespace, pod), []).append(number)
    others: dict[int, set[int]] = {}
    for numbers in {tuple(numbers) for numbers in called.values() if len(numbers) > 1}:
        for number in numbers:
            others.setdefault(number, set()).update(numbers)
    for number in sorted(others):
        entry = webhooks[number]
        names = sorted(_name(webhooks[other]) for other in others[number] - {number})
        yield WEBHOOK_FAULT.at(
            entry["name"],
            problem=f"webhook {_name(entry)} and {', '.join(names)} are called for the same pods",
            hint="let one revision own each label: remove what an old installation left behind",
        )


def _with_revisions(labels: list[_Labels], revisions: list[str]) -> list[_Labels]:
    return [*labels, *({**one, REVISION: revision} for one in labels for revision in revisions)]


def _matching(selector: Field, labels: list[_Labels]) -> list[int]:
    return [number for number, one in enumerate(labels) if matches_label_selector(selector.value, one)]


def _name(webhook: Field) -> str:
    return f"{webhook.resource.name}/{webhook['name'].text}"


def _service(mesh: Snapshot, webhook: Field) -> Iterator[Message]:
    client = webhook["clientConfig"]
    service = client["service"]
    if not service or client["url"].text:
        return
    name, namespace = service["name"], service["namespace"].text
    if mesh.find(SERVICE, namespace, name.text) is None:
        yield WEBHOOK_FAULT.at(
            name,
            needs=(SERVICE,),
            problem=f"webhook {_name(webhook)} calls the service {namespace}/{name.text}, which does not exist",
            hint="install the control plane of this revision, or remove the webhook",
        )
