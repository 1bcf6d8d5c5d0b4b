"""What an installation would change in a cluster, object by object; making a plan changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from meshctl.charts.installation import Installation
from meshctl.charts.target import target_of
from meshctl.install.adoption import installers, is_foreign, without_leftovers
from meshctl.install.comparison import Difference, changes, differences, without_additions
from meshctl.install.conflicts import ATTEMPTS, Conflict, conflicts, was_overtaken, with_people
from meshctl.install.desired import Desired, Wanted, desired
from meshctl.install.identity import Identity, Object, identity, labels
from meshctl.install.lingering import hindrances, is_leaving
from meshctl.install.managed_fields import owned_exactly
from meshctl.install.ownership import (
    COMPONENT,
    COMPONENT_LABELS,
    DEFAULT_REVISION,
    MANAGED,
    MANAGER,
    NOT_PRUNED,
    OWNER,
    OWNER_NAMESPACE,
    REVISION,
    TAG,
    TITLES,
)
from meshctl.install.state import State, calls, read_missing, read_state, read_tags, served
from meshctl.kube import ApiError, Cluster, ConflictError

_UNKNOWN = "the cluster does not serve this kind; install its definition first (of Multus, for network attachments)"


class Action(StrEnum):
    """What happens to an object."""

    CREATE = "create"
    CHANGE = "change"
    REMOVE = "remove"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to one object, and why.

    `live` is the object as the plan found it. `conflicts` are fields of people's; `taken_from` are other tools that
    installed the object; with `hand_over`, fields become ours before it is applied; `problem` is why the server
    refuses it.
    """

    action: Action
    identity: Identity
    component: str
    wanted: Wanted | None = None
    live: Object | None = None
    changes: tuple[Difference, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    taken_from: tuple[str, ...] = ()
    hand_over: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Every step of an installation; the namespaces to create, with their labels; the cluster as it is."""

    installation: Installation
    steps: tuple[Step, ...]
    new_namespaces: Mapping[str, Mapping[str, str]]
    state: State
    warnings: tuple[str, ...] = ()
    kubernetes: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether the cluster is as it should be already."""
        return not self.new_namespaces and all(step.action is Action.KEEP for step in self.steps)

    def of(self, action: Action) -> list[Step]:
        """The steps of one kind."""
        return [step for step in self.steps if step.action is action]


def make_plan(cluster: Cluster, installation: Installation) -> Plan:
    """Compares what is wanted with what is there; raises `ClusterError` and `InstallationError`."""
    state = read_state(cluster)
    default = becomes_default(installation, state)
    target = target_of(cluster)
    found = desired(installation, target, default=default)
    wanted = {item.identity: item for item in (_placed(cluster, item) for item in found.objects)}
    read_missing(cluster, state, {key: item.data for key, item in wanted.items()}, found.namespaces)
    leaving = [name for name in found.namespaces if is_leaving(state.namespaces.get(name, {}))]
    # What a namespace holds that is being deleted is as good as gone.
    state.objects = {key: item for key, item in state.objects.items() if key.namespace not in leaving}
    made = {_group(item.data) for item in wanted.values() if item.identity.kind == "CustomResourceDefinition"}
    steps = cluster.each(lambda item: _step(cluster, item, state, made), wanted.values())
    prunes = _prunes(installation, wanted, state)
    lost = _lost_services(prunes)
    if lost:
        read_tags(cluster, state)
        prunes += _orphans(installation, wanted, state, prunes, lost)
    steps += prunes
    return Plan(
        installation,
        tuple(steps),
        {
            name: labels_
            for name, labels_ in found.namespaces.items()
            if name not in state.namespaces or name in leaving
        },
        state,
        (
            *found.warnings,
            *_leaving_warnings(cluster, [*(state.namespaces[name] for name in leaving), *_leaving(steps)]),
            *_namespace_warnings(found, state),
            *_default_warnings(installation, state, default),
            *_loss_warnings(installation, prunes),
        ),
        target.version,
    )


def becomes_default(installation: Installation, state: State) -> bool:
    """Whether an installation is the default revision: as one without a name, as the first one, or as it is already.

    What `tag set` pointed somewhere, without labels of an installation, stays where it points.
    """
    current = state.default_revision(installation.namespace)
    if current is None or not installation.revision:
        return True
    return labels(current).get(REVISION) == installation.revision and MANAGED in labels(current)


def _placed(cluster: Cluster, item: Wanted) -> Wanted:
    """The object with its namespace, which a manifest may leave out."""
    if item.identity.namespace:
        return item
    type_ = served(cluster, item.data)
    if type_ is None or not type_.namespaced:
        return item
    return replace(item, data={**item.data, "metadata": {**item.data["metadata"], "namespace": item.namespace}})


def _group(definition: Object) -> str:
    return str((definition.get("spec") or {}).get("group", ""))


def _step(cluster: Cluster, item: Wanted, state: State, made: set[str]) -> Step:
    key = item.identity
    live = state.objects.get(key)
    attempts = ATTEMPTS
    while live is not None:
        foreign = is_foreign(live)
        if not foreign and owned_exactly(item.data, live, MANAGER) and not differences(item.data, live):
            return Step(Action.KEEP, key, item.title, item, live)
        step = Step(Action.CHANGE, key, item.title, item, live, taken_from=installers(live), hand_over=foreign)
        try:
            return _asked(cluster, step, item, live)
        except ApiError as error:
            attempts -= 1
            deleted = error.status == 404
            if not attempts or not (deleted or was_overtaken(error)):
                problem = _stored_otherwise(item.data, live) or "; ".join(error.causes) or error.message
                return replace(step, changes=tuple(differences(item.data, live)), problem=problem)
        live = cluster.get(cluster.type_of(item.data), key.name, key.namespace)
    problem = "" if served(cluster, item.data) or key.group in made else _UNKNOWN
    return Step(Action.CREATE, key, item.title, item, problem=problem)


def _stored_otherwise(wanted: Object, live: Object) -> str:
    """Why a definition cannot replace that of a much older release: its objects may be stored in an older version."""
    known = {version.get("name") for version in (wanted.get("spec") or {}).get("versions") or ()}
    stored = [name for name in (live.get("status") or {}).get("storedVersions") or () if name not in known]
    if wanted.get("kind") != "CustomResourceDefinition" or not stored:
        return ""
    return (
        f"objects may still be stored as {', '.join(stored)}, which this release does not have: install a release "
        f"that has both versions, write all objects anew, and take {', '.join(stored)} out of status.storedVersions"
    )


def _asked(cluster: Cluster, step: Step, item: Wanted, live: Object) -> Step:
    """The step with the changes that the server would make, asked without making them."""
    force = step.hand_over
    try:
        after = cluster.apply(item.data, MANAGER, dry_run=True)
    except ConflictError as error:
        found = conflicts(error)
        if not found:
            raise
        step = replace(step, conflicts=with_people(found))
        force = True
    if force:
        after = cluster.apply(item.data, MANAGER, force=True, dry_run=True)
    if step.hand_over:
        after = cluster.replace(without_leftovers(after, live, item.data), dry_run=True)
    found_changes = tuple(changes(live, without_additions(after, live, item.data)))
    # An application that would only note the same owner again is none.
    if not found_changes and not step.hand_over and owned_exactly(item.data, live, MANAGER):
        return replace(step, action=Action.KEEP)
    return replace(step, changes=found_changes)


def _prunes(installation: Installation, wanted: Mapping[Identity, Any], state: State) -> list[Step]:
    """What earlier runs installed for the same revision, whichever version they had, and this one does not want."""
    return [
        Step(Action.REMOVE, key, TITLES.get(labels(item).get(COMPONENT, ""), ""), live=item)
        for key, item in state.objects.items()
        if key not in wanted and is_of(installation, item) and key.kind != "CustomResourceDefinition"
    ]


def _lost_services(prunes: Iterable[Step]) -> set[tuple[str, str]]:
    """The Services of istiod that go, by namespace and name."""
    return {
        (step.identity.namespace, step.identity.name)
        for step in prunes
        if step.identity.kind == "Service" and labels(step.live or {}).get("app") == "istiod"
    }


def _orphans(
    installation: Installation,
    wanted: Mapping[Identity, Any],
    state: State,
    prunes: Iterable[Step],
    lost: set[tuple[str, str]],
) -> list[Step]:
    """The tags of a control plane that goes: left behind, their webhooks would refuse pods and configuration.

    They go whoever made them, and though they are no part of an installation otherwise.
    """
    known = {step.identity for step in prunes}
    own = installation.revision or DEFAULT_REVISION
    return [
        Step(Action.REMOVE, key, TITLES[COMPONENT_LABELS["pilot"]], live=item)
        for key, item in state.objects.items()
        if key not in wanted
        and key not in known
        and TAG in labels(item)
        and labels(item).get(REVISION) == own
        and calls(item, installation.namespace)
        and all(
            (service.get("namespace"), service.get("name")) in lost
            for webhook in item.get("webhooks") or ()
            for service in [(webhook.get("clientConfig") or {}).get("service") or {}]
        )
    ]


def _loss_warnings(installation: Installation, prunes: Iterable[Step]) -> Iterable[str]:
    if any(step.identity.kind == "Deployment" and labels(step.live or {}).get("app") == "istiod" for step in prunes):
        own = installation.revision or DEFAULT_REVISION
        yield f"the control plane of revision {own} goes: its proxies get no configuration any more"


def is_of(installation: Installation, item: Object) -> bool:
    """Whether the labels of an object say that it belongs to this installation, and may be pruned."""
    found = labels(item)
    return (
        found.get(MANAGED) == "Reconcile"
        and COMPONENT in found
        and found.get(OWNER_NAMESPACE) == installation.namespace
        and found.get(REVISION) == (installation.revision or DEFAULT_REVISION)
        and found.get(NOT_PRUNED) != "true"
        and (not installation.name or found.get(OWNER) == installation.name)
    )


def _leaving(steps: Iterable[Step]) -> Iterable[Object]:
    return (step.live for step in steps if step.wanted and step.live is not None and is_leaving(step.live))


def _leaving_warnings(cluster: Cluster, items: Iterable[Object]) -> Iterable[str]:
    for item in items:
        why = "".join(f"; {text}" for text in hindrances(cluster, item))
        yield f"{identity(item)} is being deleted: it is made anew as soon as it is gone{why}"


def _namespace_warnings(found: Desired, state: State) -> Iterable[str]:
    for name, wanted in found.namespaces.items():
        live = state.namespaces.get(name)
        for key, value in wanted.items() if live is not None and not is_leaving(live) else ():
            if labels(live or {}).get(key) != value:
                yield f"namespace {name} is there already and left as it is, but should have the label {key}={value}"
    for kind, error in state.unreadable.items():
        yield f"{kind} cannot be listed, so that ones no longer wanted stay: {error.message}"


def _default_warnings(installation: Installation, state: State, default: bool) -> Iterable[str]:
    current = state.default_revision(installation.namespace)
    before = labels(current).get(REVISION, "") if current is not None else ""
    own = installation.revision or DEFAULT_REVISION
    if default and before and before != own:
        yield f"the default revision moves from {before} to {own}: new pods of namespaces without a revision follow it"
    elif default and installation.revision and current is None:
        yield f"revision {own} becomes the default one, as there is none: it serves namespaces without a revision too"
