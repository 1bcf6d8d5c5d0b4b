"""What speaks against a plan before it is carried out; nothing here asks the cluster or changes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from meshctl.analysis import analyze
from meshctl.analysis.analyzer import analyzers
from meshctl.charts.installation import TAG
from meshctl.install.identity import Identity, Object, labels
from meshctl.install.ownership import VERSION
from meshctl.install.plan import Plan
from meshctl.install.webhook_defaults import MUTATING
from meshctl.messages import Level
from meshctl.model.resource import Source
from meshctl.model.snapshot import Snapshot
from meshctl.sources import Document, Objects

OLDEST_KUBERNETES = (1, 32)
"""The oldest Kubernetes that this release of Istio supports."""

FARTHEST_UPGRADE = 1
"""How many minor releases an upgrade in place may go at once, by Istio's rules."""

_VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?(?:[-+].*)?")
_RENDERED = Source("rendered")


@dataclass(frozen=True, slots=True)
class Findings:
    """`problems` stop the installation unless it is forced, `cautions` are only told."""

    problems: tuple[str, ...]
    cautions: tuple[str, ...]


def check(plan: Plan, *, upgrade: bool = False) -> Findings:
    """Everything that speaks against a plan but the conflicts of its steps."""
    problems = [*_refusals(plan), *_broken_objects(plan), *_webhook_conflicts(plan)]
    skew, cautions = _version_skew(plan, upgrade=upgrade)
    return Findings((*problems, *skew), (*_old_kubernetes(plan), *cautions))


def _refusals(plan: Plan) -> Iterator[str]:
    for step in plan.steps:
        if step.problem:
            yield f"{step.identity}: {step.problem}"


def _broken_objects(plan: Plan) -> Iterator[str]:
    """What `analyze` calls an error in the objects that are to be applied."""
    found = Objects()
    for step in plan.steps:
        if step.wanted and step.identity.kind != "CustomResourceDefinition":
            found.add(Document(step.wanted.data, _RENDERED))
    if not found.resources:
        return
    for message in (*found.messages, *analyze(Snapshot(found.resources)).messages):
        if message.level <= Level.ERROR:
            where = message.resource
            name = f"{where.kind.name} {where.full_name}: " if where else ""
            yield f"{name}{message.text} [{message.code}]"


def _webhook_conflicts(plan: Plan) -> Iterator[str]:
    """Injection webhooks of this installation that are called for the same pods as others (IST0139)."""
    configurations: dict[Identity, Object] = {
        key: item for key, item in plan.state.objects.items() if key.kind == MUTATING
    }
    ours = {step.identity.name for step in plan.steps if step.wanted and step.identity.kind == MUTATING}
    for step in plan.steps:
        if step.identity.kind == MUTATING:
            configurations.pop(step.identity, None)
            if step.wanted:
                configurations[step.identity] = step.wanted.data
    if not ours or len(configurations) < 2:
        return
    found = Objects()
    for item in configurations.values():
        found.add(Document(item, _RENDERED))
    check_webhooks = next(check for check in analyzers() if check.name == "webhook.Analyzer")
    for message in analyze(Snapshot(found.resources), [check_webhooks]).messages:
        if message.resource is not None and message.resource.name in ours:
            yield f"{message.text} [{message.code}]"


def _version_skew(plan: Plan, *, upgrade: bool) -> tuple[list[str], list[str]]:
    """Problems and cautions about the version that runs, when the same revision is changed in place."""
    for step in plan.steps:
        if step.wanted is None or step.identity.kind != "Deployment" or step.wanted.component != "pilot":
            continue
        if step.live is None:
            told = "there is no control plane of this revision to upgrade: it is installed anew"
            return [], [told] if upgrade else []
        before, after = running_version(step.live), running_version(step.wanted.data)
        old, new = release(before), release(after)
        if old is None or new is None or old == new:
            return [], []
        change = "is upgraded" if new > old else "is downgraded"
        told = f"the control plane {change} in place from {before} to {after}"
        far = new[0] != old[0] or new[1] - old[1] > FARTHEST_UPGRADE
        if new < old and new[:2] != old[:2]:
            return [], [f"{told}: what the newer release stored may not be understood; `meshctl x precheck` looks"]
        if far and new > old:
            advice = "go one minor release at a time, or install the new one beside it with --revision"
            return ([f"{told}, more than one minor release: {advice}"], []) if upgrade else (
                [], [f"{told}, more than one minor release: {advice}"])  # fmt: skip
        beside = "" if plan.installation.revision else "; --revision would install it beside the old one"
        return [], [f"{told}{beside}"]
    return [], []


def running_version(item: Object) -> str:
    """The version of istiod that a Deployment runs: by the tag of its image, else by its labels."""
    spec = ((item.get("spec") or {}).get("template") or {}).get("spec") or {}
    for container in spec.get("containers") or ():
        tag = str(container.get("image", "")).rpartition("/")[2].partition("@")[0].partition(":")[2]
        if release(tag):
            return tag
    return next((found for key in (VERSION, "app.kubernetes.io/version") if (found := labels(item).get(key))), "")


def release(version: str) -> tuple[int, int, int] | None:
    """The numbers of a version such as `1.31.0` or `1.31.0-distroless`; None for another text."""
    found = _VERSION.fullmatch(version)
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else None


def _old_kubernetes(plan: Plan) -> Iterable[str]:
    found = release(plan.kubernetes)
    if found is not None and found[:2] < OLDEST_KUBERNETES:
        oldest = ".".join(map(str, OLDEST_KUBERNETES))
        yield f"Kubernetes is {plan.kubernetes}; Istio {TAG} supports {oldest} and later"
