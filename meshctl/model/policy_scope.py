"""What policies are attached to: the workloads of a selector, or the objects that targetRefs name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from meshctl.model.kinds.cron_job import CRON_JOB
from meshctl.model.kinds.deployment import DEPLOYMENT
from meshctl.model.kinds.namespace import NAMESPACE
from meshctl.model.kinds.stateful_set import STATEFUL_SET
from meshctl.model.kinds.workload_entry import WORKLOAD_ENTRY
from meshctl.model.kinds.workload_group import WORKLOAD_GROUP
from meshctl.model.membership import takes_part
from meshctl.model.resource import Field, Resource
from meshctl.model.selectors import LabelIndex, Labels
from meshctl.model.snapshot import Snapshot, derived
from meshctl.model.workloads import WORKLOAD_KINDS, pods, workload

SCOPE_KINDS = frozenset({NAMESPACE, WORKLOAD_ENTRY, WORKLOAD_GROUP, *WORKLOAD_KINDS})
"""The kinds that say which workloads are in the mesh."""

SELECTABLE_KINDS = SCOPE_KINDS - {NAMESPACE}
"""The kinds that a selector may select."""


class Selectable:
    """The labels of all workloads in the mesh, by namespace and over all of them."""

    def __init__(self) -> None:
        self.everywhere: LabelIndex[str] = LabelIndex()
        self._by_namespace: dict[str, LabelIndex[str]] = {}

    def add(self, namespace: str, labels: Labels) -> None:
        """Adds a workload by its labels."""
        self.everywhere.add(labels, namespace)
        self._by_namespace.setdefault(namespace, LabelIndex()).add(labels, namespace)

    def within(self, namespace: str) -> LabelIndex[str]:
        """The workloads of a namespace."""
        return self._by_namespace.get(namespace) or LabelIndex()


@derived
def selectable(mesh: Snapshot) -> Selectable:
    """Every workload that a policy can select.

    Beside the pods in the mesh these are machines outside of Kubernetes, and controllers whose pods come and go or are
    scaled away for now: a policy for them is right although no pod of theirs runs.
    """
    found = Selectable()
    for pod in pods(mesh):
        if takes_part(mesh, pod):
            found.add(pod.namespace, pod.labels)
    if mesh.strict:
        for resource in (*mesh[DEPLOYMENT], *mesh[STATEFUL_SET], *mesh[CRON_JOB]):
            owner = workload(resource)
            if owner and (resource.kind is CRON_JOB or resource.spec["replicas"].value == 0):
                found.add(owner.namespace, owner.labels)
    for entry in mesh[WORKLOAD_ENTRY]:
        found.add(entry.namespace, {**entry.labels, **entry.spec["labels"].mapping})
    for group in mesh[WORKLOAD_GROUP]:
        found.add(group.namespace, group.spec["metadata"]["labels"].mapping)
    return found


@derived
def peopled_namespaces(mesh: Snapshot) -> frozenset[str]:
    """The namespaces of which the snapshot holds workloads, in the mesh or not.

    Files of an application hold its workloads, but neither the gateways nor what runs in other namespaces: what a
    selector selects there they cannot tell.
    """
    found = {pod.namespace for pod in pods(mesh)}
    return frozenset(found | {machine.namespace for machine in (*mesh[WORKLOAD_ENTRY], *mesh[WORKLOAD_GROUP])})


def match_labels(policy: Resource) -> Mapping[str, Any]:
    """The labels of `spec.selector`, or of the `workloadSelector` of an EnvoyFilter; none for a policy without one."""
    selector, older = policy.spec["selector"], policy.spec["workloadSelector"]
    return older["labels"].mapping if older else selector["matchLabels"].mapping


def target_refs(policy: Resource) -> Iterator[Field]:
    """What `targetRefs`, or `targetRef` in its older form, name."""
    spec = policy.spec
    if spec["targetRef"]:
        yield spec["targetRef"]
    yield from spec["targetRefs"]


def has_target_refs(policy: Resource) -> bool:
    """Whether it is attached by reference, so that its selector does not count."""
    return next(target_refs(policy), None) is not None
