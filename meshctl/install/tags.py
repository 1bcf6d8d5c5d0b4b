"""Revision tags: names that namespaces use for a revision, so that they change to another one all at once.

What the user makes here belongs to no installation: it has none of the labels by which installers find their objects,
so that neither an upgrade nor a prune takes it away.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from meshctl.analysis.analyzers.webhook.webhook import webhook as webhook_analyzer
from meshctl.analysis.run import analyze
from meshctl.errors import MeshctlError, UsageError
from meshctl.install.conflicts import unless_overtaken
from meshctl.install.field_managers import apply
from meshctl.install.identity import Object, identity
from meshctl.install.revisions import Revisions, is_deactivated, type_of
from meshctl.install.tag_objects import Wish, tag_objects, validator, with_labels_of
from meshctl.kube import Cluster, ConflictError
from meshctl.messages import Message
from meshctl.model.injectors import DEACTIVATED, DEFAULT_REVISION
from meshctl.model.kind import kind_of
from meshctl.model.kinds.mutating_webhook_configuration import MUTATING_WEBHOOK_CONFIGURATION
from meshctl.model.kinds.service import SERVICE
from meshctl.model.resource import IN_CLUSTER, Resource
from meshctl.model.snapshot import Snapshot

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


class TagError(MeshctlError):
    """A tag cannot be made or taken away as asked."""


@dataclass(frozen=True, slots=True)
class TagPlan:
    """What makes a tag: objects to apply, a webhook configuration to switch off, and objects to delete afterwards.

    `conflicts` are the messages about webhooks that would get in each other's way; `notes` are lines for the user.
    """

    objects: tuple[Object, ...]
    deactivate: Object | None = None
    stale: tuple[Object, ...] = ()
    conflicts: tuple[Message, ...] = ()
    notes: tuple[str, ...] = ()


def plan_tag(wish: Wish, found: Revisions) -> TagPlan:
    """What to do so that a tag points at a revision; raises `TagError`, or `UsageError` for a name that none can have.

    Rules: the revision is known by one MutatingWebhookConfiguration or one Service of its own. A revision whose
    webhooks somebody else manages (`operatorManageWebhooks`) has only the Service, and so has its tag then. The tag
    `default` also gets the webhook that validates, and switches off those of the unrevisioned installation beside it.
    """
    _check(wish, found)
    own = _only(found.of_revision(found.mutating, wish.revision), "webhook configurations", wish.revision)
    service = _only(found.of_revision(found.services, wish.revision), "Services", wish.revision)
    source = own or service
    if source is None:
        known = ", ".join(found.revisions())
        raise TagError(
            f"there is no revision {wish.revision!r} in namespace {found.namespace}",
            hint=f"its revisions are {known}" if known else "install it first, or name its namespace with -i",
        )
    notes = []
    objects = [item for item in tag_objects(wish, found, own) if own or item["kind"] == SERVICE.name]
    if service is None:
        objects = [item for item in objects if item["kind"] != SERVICE.name]
    if own is None:
        notes.append(
            f"revision {wish.revision} has no webhook of its own, so its tag gets a Service only: "
            "the webhooks are managed elsewhere"
        )
    for item in objects:
        with_labels_of(item, source)
    deactivate = None
    if wish.tag == DEFAULT_REVISION:
        validating = validator(wish, found, own, service)
        if validating is not None:
            with_labels_of(validating, source)
            objects.insert(0, validating)
        deactivate = _rival(found) if own else None
    stale = tuple(_stale(wish, found, objects))
    conflicts = tuple(_conflicts(found, objects, deactivate, stale))
    return TagPlan(tuple(objects), deactivate, stale, conflicts, tuple(notes))


def carry_out(cluster: Cluster, plan: TagPlan) -> None:
    """Makes a tag as planned; raises a `MeshctlError`."""
    for item in plan.objects:
        apply(cluster, item)
    if plan.deactivate is not None:
        deactivate(cluster, plan.deactivate)
    _delete(cluster, plan.stale)


def deactivate(cluster: Cluster, configuration: Object) -> None:
    """Switches a webhook configuration off, so that it is called for nothing."""
    type_ = type_of(cluster, MUTATING_WEBHOOK_CONFIGURATION)
    name = configuration["metadata"]["name"]

    def switch_off() -> None:
        live = cluster.get(type_, name)  # anew, as istiod writes into its webhooks at any time
        if live is not None:
            cluster.patch(type_, name, "", _switched_off(live), content_type="application/json-patch+json")

    unless_overtaken(switch_off)


def _switched_off(live: Object) -> list[Mapping[str, Any]]:
    """The JSON patch, for this very version of the object."""
    version = {"op": "replace", "path": "/metadata/resourceVersion", "value": live["metadata"]["resourceVersion"]}
    numbers = range(len(live.get("webhooks") or ()))
    return [
        version,
        *(
            {"op": "add", "path": f"/webhooks/{number}/{selector}", "value": DEACTIVATED}
            for number in numbers
            for selector in ("namespaceSelector", "objectSelector")
        ),
    ]


def belongings(tag: str, found: Revisions) -> tuple[Object, ...]:
    """What a tag consists of; raises `TagError` when there is none of that name."""
    if not found.has_tag(tag):
        known = ", ".join(entry.tag for entry in found.tags() if entry.tag)
        raise TagError(f"there is no tag {tag!r}", hint=f"the tags are {known}" if known else "there are no tags")
    parts = (found.mutating, found.validating, found.services)
    return tuple(item for items in parts for item in found.of_tag(items, tag))


def remove_tag(cluster: Cluster, parts: Sequence[Object]) -> None:
    """Deletes what a tag consists of."""
    _delete(cluster, parts)


def _check(wish: Wish, found: Revisions) -> None:
    if not _NAME.fullmatch(wish.tag):
        raise UsageError(
            f"a tag cannot be called {wish.tag!r}", hint="use lower-case letters, digits and -, 63 at most"
        )
    if wish.overwrite:
        return
    if wish.tag != DEFAULT_REVISION and wish.tag in found.revisions():
        raise TagError(f"{wish.tag!r} is a revision, so namespaces with that name could mean either")
    if found.has_tag(wish.tag):
        raise TagError(f"the tag {wish.tag!r} exists", hint="--overwrite lets it point at another revision")


def _only(items: Sequence[Object], what: str, revision: str) -> Object | None:
    if len(items) > 1:
        names = ", ".join(sorted(item["metadata"]["name"] for item in items))
        raise TagError(f"revision {revision!r} has several {what}: {names}", hint="remove those of old installations")
    return items[0] if items else None


def _rival(found: Revisions) -> Object | None:
    """The webhooks of the unrevisioned installation, unless they are switched off already."""
    own = found.of_revision(found.mutating, DEFAULT_REVISION)
    return next((item for item in own if item.get("webhooks") and not is_deactivated(item)), None)


def _stale(wish: Wish, found: Revisions, objects: Sequence[Object]) -> Sequence[Object]:
    """What the tag had before and does not have any more."""
    if not wish.overwrite:
        return []
    kept = {(item["kind"], item["metadata"]["name"]) for item in objects}
    parts = (found.mutating, found.validating, found.services)
    old = [item for items in parts for item in found.of_tag(items, wish.tag)]
    return [item for item in old if (item["kind"], item["metadata"]["name"]) not in kept]


def _conflicts(
    found: Revisions, objects: Sequence[Object], switched_off: Object | None, stale: Sequence[Object]
) -> list[Message]:
    """What the analyzer of webhooks says about the cluster with the tag, and did not say without it."""
    gone = {(item["kind"], item["metadata"]["name"]) for item in (*stale, *objects)}
    if switched_off is not None:
        gone.add((switched_off["kind"], switched_off["metadata"]["name"]))
    before = [*found.all_mutating, *found.services]
    after = [item for item in before if (item["kind"], item["metadata"]["name"]) not in gone]
    known = {message.text for message in _judged(before)}
    return [message for message in _judged([*after, *objects]) if message.text not in known]


def overlaps(configurations: Sequence[Object]) -> list[Message]:
    """What the analyzer says about webhooks that are called for the same pods."""
    return _judged([{**item, "webhooks": [_without_service(entry) for entry in item.get("webhooks") or ()]}
                    for item in configurations])  # fmt: skip


def _without_service(webhook: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in webhook.items() if key != "clientConfig"}


def _judged(items: Sequence[Object]) -> list[Message]:
    resources = []
    for item in items:
        group = str(item["apiVersion"]).rpartition("/")[0]
        kind = kind_of(group, item["kind"])
        if kind is not None:
            metadata = item["metadata"]
            resources.append(Resource(kind, "v1", metadata.get("namespace", ""), metadata["name"], item, IN_CLUSTER))
    return analyze(Snapshot(resources), [webhook_analyzer]).messages


def _delete(cluster: Cluster, items: Sequence[Object]) -> None:
    for item in items:
        metadata = item["metadata"]
        try:
            cluster.delete(
                cluster.type_of(item),
                metadata["name"],
                metadata.get("namespace", ""),
                uid=metadata["uid"],
                propagation="Background",
            )
        except ConflictError as error:
            raise TagError(f"{identity(item)} was made anew meanwhile", hint="run the same command again") from error
