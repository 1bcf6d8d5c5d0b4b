"""Sidecar resources without pods, several of them for one pod, and those in ambient mode."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import NO_EFFECT, NOT_FOUND, SEVERAL_DEFAULT_SIDECARS, SIDECARS_ON_ONE_POD, Message
from meshctl.model.kinds.namespace import NAMESPACE
from meshctl.model.kinds.sidecar import SIDECAR
from meshctl.model.membership import DATAPLANE_MODE, in_ambient, in_mesh, is_ambient, namespace_labels
from meshctl.model.resource import Resource
from meshctl.model.selections import Selections, first_label, names
from meshctl.model.selectors import selector_text
from meshctl.model.snapshot import Snapshot, by_namespace
from meshctl.model.workloads import WORKLOAD_KINDS, Workload, pods_by_namespace

_RELATED = 5


@analyzer(
    "sidecar.SelectorAnalyzer",
    inputs={SIDECAR, NAMESPACE, *WORKLOAD_KINDS},
    emits={NOT_FOUND, SIDECARS_ON_ONE_POD, SEVERAL_DEFAULT_SIDECARS, NO_EFFECT},
)
def selector(mesh: Snapshot) -> Iterator[Message]:
    """Checks that each pod has one Sidecar resource at most, and each Sidecar resource has pods."""
    with_labels, without = [], []
    for sidecar in mesh[SIDECAR]:
        labels = sidecar.spec["workloadSelector"]["labels"]
        if labels.mapping:
            with_labels.append((sidecar, labels.mapping))
        else:
            without.append(sidecar)
    selections = Selections(mesh, with_labels)
    for sidecar, wanted in selections.idle():
        written = sidecar.spec["workloadSelector"]["labels"]
        yield NOT_FOUND.at(
            first_label(written),
            needs=WORKLOAD_KINDS,
            proven=sidecar.namespace in pods_by_namespace(mesh),
            reftype="selector",
            refval=selector_text(wanted),
            hint=f"compare the labels with those of the pods in namespace {sidecar.namespace}",
        )
    said: set[Resource] = set()
    for sidecars, pods in selections.groups():
        ambient = next((pod for pod in pods if _ambient(mesh, pod)), None)
        other = next((pod for pod in pods if not _ambient(mesh, pod)), None)
        if ambient is not None:
            reason = f"pod {ambient.resource.name} is in ambient mode and has no sidecar"
            for sidecar in sidecars:
                if sidecar not in said:
                    said.add(sidecar)
                    yield NO_EFFECT.at(sidecar.spec["workloadSelector"], reason=reason)
        if other is not None and len(sidecars) > 1:
            shown = names(sidecars)
            for sidecar in sidecars:
                yield SIDECARS_ON_ONE_POD.on(
                    sidecar,
                    related=[found.spec["workloadSelector"] for found in sidecars[:_RELATED] if found is not sidecar],
                    sidecars=shown,
                    namespace=sidecar.namespace,
                    pod=other.resource.name,
                )
    yield from _defaults(mesh, without)


def _defaults(mesh: Snapshot, sidecars: list[Resource]) -> Iterator[Message]:
    for namespace, group in by_namespace(sidecars).items():
        ambient = is_ambient(namespace_labels(mesh, namespace))
        shown = names(group)
        several = len({sidecar.name for sidecar in group}) > 1
        for sidecar in group:
            if ambient:
                yield NO_EFFECT.on(sidecar, reason=f"namespace {namespace} is in ambient mode and has no sidecars")
            elif several:
                others = [found.at("metadata", "name") for found in group[:_RELATED] if found is not sidecar]
                yield SEVERAL_DEFAULT_SIDECARS.on(sidecar, related=others, sidecars=shown, namespace=namespace)


def _ambient(mesh: Snapshot, pod: Workload) -> bool:
    """Whether a pod is in ambient mode; one of a file will be when its namespace is and nothing injects it."""
    if in_ambient(pod):
        return True
    return (
        not mesh.strict
        and is_ambient(namespace_labels(mesh, pod.namespace))
        and pod.labels.get(DATAPLANE_MODE) != "none"
        and not in_mesh(mesh, pod)
    )
