"""Asks the server about every object of a plan without changing anything."""

from __future__ import annotations

from dataclasses import dataclass

from meshctl.install.conflicts import unless_overtaken
from meshctl.install.identity import Identity
from meshctl.install.ownership import MANAGER
from meshctl.install.plan import Plan, Step
from meshctl.install.state import served
from meshctl.kube import ApiError, Cluster


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the server says about an object: `refusal` why it would refuse it, `unasked` why it could not be asked."""

    identity: Identity
    refusal: str = ""
    unasked: str = ""


def dry_run(cluster: Cluster, plan: Plan) -> list[Verdict]:
    """The verdicts on all wanted objects; raises `ClusterError` when the server cannot be asked at all."""
    return cluster.each(lambda step: _ask(cluster, plan, step), [step for step in plan.steps if step.wanted])


def _ask(cluster: Cluster, plan: Plan, step: Step) -> Verdict:
    assert step.wanted is not None
    key, data = step.identity, step.wanted.data
    if key.namespace in plan.new_namespaces:
        return Verdict(key, unasked=f"namespace {key.namespace} does not exist yet")
    if served(cluster, data) is None:
        return Verdict(key, unasked="the cluster does not serve its kind yet")
    try:
        unless_overtaken(lambda: cluster.apply(data, MANAGER, force=step.hand_over, dry_run=True))
    except ApiError as error:
        return Verdict(key, refusal="; ".join(error.causes) or error.message)
    return Verdict(key)
