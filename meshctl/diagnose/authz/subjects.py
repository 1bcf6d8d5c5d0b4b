"""The workload that a request is sent to or comes from, by the words of a user."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from meshctl.errors import UnreadableError
from meshctl.model.gateway_pods import is_gateway
from meshctl.model.kind import Kind
from meshctl.model.kind_words import is_called
from meshctl.model.kinds.gateway import GATEWAY
from meshctl.model.kinds.kubernetes_gateway import KUBERNETES_GATEWAY
from meshctl.model.kinds.service import SERVICE, services_by_selector
from meshctl.model.membership import GATEWAY_CLASS_NAME, GATEWAY_NAME, WAYPOINT_CLASS, is_waypoint_pod
from meshctl.model.resource import Resource
from meshctl.model.selectors import Labels, matches, selector_text
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import WORKLOAD_KINDS, Workload, workload

SUBJECT_KINDS: tuple[Kind, ...] = (*WORKLOAD_KINDS, SERVICE, GATEWAY, KUBERNETES_GATEWAY)
"""The kinds that stand for workloads when they are named."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A workload. `pod` is None where nothing but its labels is known; `service` is the one by which it was named."""

    title: str
    namespace: str
    labels: Labels
    pod: Workload | None = None
    service: Resource | None = None
    gateway: str = ""
    """The Gateway of the Gateway API that the workload is for."""
    gateway_class: str = ""
    waypoint: bool = False

    @property
    def is_gateway(self) -> bool:
        """Whether it is a proxy without an application."""
        return bool(self.gateway) or (self.pod is not None and is_gateway(self.pod))

    @property
    def account(self) -> str:
        """The service account of its pods."""
        return (self.pod.spec["serviceAccountName"].text if self.pod is not None else "") or "default"

    def services(self, mesh: Snapshot) -> Sequence[Resource]:
        """The services that select it, the one by which it was named first."""
        index = services_by_selector(mesh).get(self.namespace)
        found = list(index.matching(self.labels)) if index is not None else []
        return sorted(found, key=lambda one: (one is not self.service, one.name))


def by_labels(labels: Mapping[str, Any], namespace: str) -> Subject:
    """A workload of which only the labels are told."""
    return Subject(f"pods with {selector_text(labels) or 'no labels'} in {namespace}", namespace, labels)


def subjects(mesh: Snapshot, wanted: str, namespace: str) -> Sequence[Subject]:
    """The workloads of `[KIND/]NAME[.NAMESPACE]`: several where it is a service. Raises `UnreadableError`.

    Names may hold dots, namespaces cannot. Without a kind, a workload of the name comes before a service or gateway.
    """
    kind, slash, rest = wanted.rpartition("/")
    named = [found for each in SUBJECT_KINDS for found in mesh[each] if not slash or is_called(each, kind)]
    for name, place in _readings(rest, namespace):
        for resource in named:
            if resource.name == name and resource.namespace == place:
                found = list(_of(mesh, resource))
                if found:
                    return found
                raise UnreadableError(
                    f"no workload stands behind {resource.kind.name} {resource.full_name}",
                    hint="--to-labels tells the labels of its pods",
                )
    raise UnreadableError(
        f"there is no workload {wanted!r}",
        hint="write KIND/NAME.NAMESPACE of a workload or service that is there, or --to-labels with -n",
    )


def _readings(text: str, namespace: str) -> Iterator[tuple[str, str]]:
    before, dot, behind = text.rpartition(".")
    if dot:
        yield before, behind
    yield text, namespace


def _of(mesh: Snapshot, resource: Resource) -> Iterator[Subject]:
    own = workload(resource)
    if own is not None:
        yield _subject(own)
    elif resource.kind is SERVICE:
        selector = resource.spec["selector"].mapping
        for found in _selected(mesh, selector, resource.namespace) if selector else ():
            yield replace(found, service=resource)
    elif resource.kind is GATEWAY:
        yield from _selected(mesh, resource.spec["selector"].mapping, "")
    else:
        class_ = resource.spec["gatewayClassName"].text
        labels = {GATEWAY_NAME: resource.name, GATEWAY_CLASS_NAME: class_}
        title = f"Gateway {resource.full_name}"
        yield Subject(
            title, resource.namespace, labels,
            gateway=resource.name, gateway_class=class_, waypoint=class_ == WAYPOINT_CLASS,
        )  # fmt: skip


def _subject(found: Workload) -> Subject:
    resource = found.resource
    return Subject(
        f"{resource.kind.name} {resource.full_name}",
        found.namespace,
        found.labels,
        found,
        gateway=str(found.labels.get(GATEWAY_NAME, "")),
        gateway_class=str(found.labels.get(GATEWAY_CLASS_NAME, "")),
        waypoint=is_waypoint_pod(found),
    )


def _selected(mesh: Snapshot, selector: Labels, namespace: str) -> Iterator[Subject]:
    """The workloads that a selector means, one of each set of labels: pods of one template are alike."""
    seen: list[Labels] = []
    for kind in WORKLOAD_KINDS:
        for resource in mesh[kind]:
            found = workload(resource)
            if found is None or (namespace and found.namespace != namespace) or not matches(selector, found.labels):
                continue
            labels = {key: value for key, value in found.labels.items() if key not in _HASHES}
            if labels not in seen:
                seen.append(labels)
                yield _subject(found)


_HASHES = frozenset({"pod-template-hash", "controller-revision-hash", "pod-template-generation",
                     "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"})  # fmt: skip
"""Labels that controllers give to pods to tell them apart."""
