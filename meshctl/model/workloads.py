"""Workloads: pods, and the controllers whose templates make pods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from meshctl.model.kind import Kind
from meshctl.model.kinds.cron_job import CRON_JOB
from meshctl.model.kinds.daemon_set import DAEMON_SET
from meshctl.model.kinds.deployment import DEPLOYMENT
from meshctl.model.kinds.job import JOB
from meshctl.model.kinds.pod import POD
from meshctl.model.kinds.replica_set import REPLICA_SET
from meshctl.model.kinds.replication_controller import REPLICATION_CONTROLLER
from meshctl.model.kinds.stateful_set import STATEFUL_SET
from meshctl.model.resource import Field, Resource, remembered
from meshctl.model.selectors import LabelIndex
from meshctl.model.snapshot import Snapshot, derived

TEMPLATES: Mapping[Kind, tuple[str, ...]] = {
    DEPLOYMENT: ("spec", "template"),
    STATEFUL_SET: ("spec", "template"),
    DAEMON_SET: ("spec", "template"),
    REPLICA_SET: ("spec", "template"),
    REPLICATION_CONTROLLER: ("spec", "template"),
    JOB: ("spec", "template"),
    CRON_JOB: ("spec", "jobTemplate", "spec", "template"),
}
"""Where the controllers keep the template of their pods."""

WORKLOAD_KINDS: tuple[Kind, ...] = (POD, *TEMPLATES)
"""Every kind that stands for pods."""


@dataclass(frozen=True, slots=True, eq=False)
class Workload:
    """A pod, or the template of one; `pod` is the field that holds `metadata` and `spec`."""

    resource: Resource
    pod: Field
    labels: Mapping[str, Any]
    """The labels of its pods."""
    annotations: Mapping[str, Any]
    """The annotations of its pods."""
    spec: Field
    """The pod's `spec`."""

    @property
    def namespace(self) -> str:
        """The namespace in which its pods run."""
        return self.resource.namespace

    def containers(self, *, init: bool = False) -> Iterator[Field]:
        """Its containers, with `init` its init containers too."""
        yield from self.spec["containers"]
        if init:
            yield from self.spec["initContainers"]


def workload(resource: Resource) -> Workload | None:
    """The workload that a resource is; None for another kind."""
    found = _workloads(resource)
    return found[0] if found else None


@remembered
def _workloads(resource: Resource) -> Iterator[Workload]:
    path = () if resource.kind is POD else TEMPLATES.get(resource.kind)
    if path is not None:
        pod = resource.at(*path)
        metadata = pod["metadata"]
        yield Workload(resource, pod, metadata["labels"].mapping, metadata["annotations"].mapping, pod["spec"])


@derived
def pods(mesh: Snapshot) -> tuple[Workload, ...]:
    """All pods; unless the snapshot is strict, the templates of controllers count as pods too.

    Files rarely hold pods: a Deployment among them is evidence for its pods. In a cluster the pods are there
    themselves, and a controller without any has none.
    """
    kinds = (POD,) if mesh.strict else WORKLOAD_KINDS
    return tuple(found for kind in kinds for resource in mesh[kind] if (found := workload(resource)) is not None)


@derived
def pods_by_label(mesh: Snapshot) -> LabelIndex[Workload]:
    """The pods of all namespaces, by their labels."""
    return LabelIndex((pod.labels, pod) for pod in pods(mesh))


@derived
def pods_by_namespace(mesh: Snapshot) -> Mapping[str, LabelIndex[Workload]]:
    """The pods of each namespace, by their labels; a namespace without pods is missing."""
    found: dict[str, LabelIndex[Workload]] = {}
    for pod in pods(mesh):
        found.setdefault(pod.namespace, LabelIndex()).add(pod.labels, pod)
    return found
