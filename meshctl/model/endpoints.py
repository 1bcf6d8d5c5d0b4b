"""What stands behind a host of the registry: pods, workload entries and the endpoints of service entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from meshctl.model.kind import Kind
from meshctl.model.kinds.endpoint_slice import ENDPOINT_SLICE
from meshctl.model.kinds.endpoints import ENDPOINTS
from meshctl.model.kinds.node import NODE
from meshctl.model.kinds.pod import POD
from meshctl.model.kinds.service import SERVICE
from meshctl.model.kinds.workload_entry import WORKLOAD_ENTRY
from meshctl.model.kinds.workload_group import WORKLOAD_GROUP
from meshctl.model.registry import Host
from meshctl.model.resource import Field
from meshctl.model.selectors import LabelIndex, Labels
from meshctl.model.snapshot import Snapshot, derived
from meshctl.model.workloads import WORKLOAD_KINDS, Workload, pods, workload

ENDPOINT_KINDS: tuple[Kind, ...] = (*WORKLOAD_KINDS, WORKLOAD_ENTRY, WORKLOAD_GROUP)
"""Every kind that can stand behind a host, service entries apart."""

SERVICE_NAME = "kubernetes.io/service-name"
"""Label of an EndpointSlice: the Service that it belongs to."""

HOSTNAME = "kubernetes.io/hostname"
REGION = "topology.kubernetes.io/region"
ZONE = "topology.kubernetes.io/zone"
SUBZONE = "topology.istio.io/subzone"
_PLACE = frozenset({HOSTNAME, REGION, ZONE, SUBZONE})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint, or the template of several. `place` are labels that Istio adds from the node; None if not known."""

    labels: Labels
    place: Labels | None


class Endpoints:
    """The endpoints of one host: those in an index that a selector picks."""

    def __init__(self, index: LabelIndex[Endpoint], selector: Labels) -> None:
        self._index = index
        self._selector = selector

    def carry(self, labels: Labels) -> bool:
        """Whether any endpoint carries all these labels, those of its place included."""
        own = {key: value for key, value in labels.items() if key not in _PLACE}
        place = {key: value for key, value in labels.items() if key in _PLACE}
        if any(self._selector.get(key, value) != value for key, value in own.items()):
            return False
        return any(_stands_in(found, place) for found in self._index.select({**self._selector, **own}))

    def __bool__(self) -> bool:
        return self._index.any(self._selector)


def _stands_in(endpoint: Endpoint, place: Labels) -> bool:
    if endpoint.place is None:
        return True
    return all(endpoint.labels.get(key, endpoint.place.get(key)) == value for key, value in place.items())


def endpoints_of(mesh: Snapshot, host: Host) -> Endpoints | None:
    """The endpoints of a host; None where they cannot be known.

    Anybody may write the endpoints of a Service without selector. In a whole mesh these are its slices, or else a pod
    or workload entry anywhere; in a part of one, nothing is known of them.
    """
    spec = host.resource.spec
    nothing: LabelIndex[Endpoint] = LabelIndex()
    namespace = host.resource.namespace
    if host.resource.kind is SERVICE:
        selector = spec["selector"].mapping
        if not selector:
            by_hand = (namespace, host.resource.name) in _written_by_hand(mesh)
            return None if by_hand or not mesh.strict else Endpoints(_everywhere(mesh), {})
    else:
        selector = spec["workloadSelector"]["labels"].mapping
        if not selector:
            written = ((item["labels"].mapping, _locality(item)) for item in spec["endpoints"])
            return Endpoints(LabelIndex((labels, Endpoint(labels, place)) for labels, place in written), {})
    return Endpoints(_by_namespace(mesh).get(namespace, nothing), selector)


@derived
def _written_by_hand(mesh: Snapshot) -> frozenset[tuple[str, str]]:
    """The Services, by namespace and name, whose endpoints are written in resources of their own."""
    slices = ((found.namespace, str(found.labels.get(SERVICE_NAME))) for found in mesh[ENDPOINT_SLICE])
    return frozenset((*slices, *((found.namespace, found.name) for found in mesh[ENDPOINTS])))


@derived
def _all(mesh: Snapshot) -> tuple[tuple[str, Endpoint], ...]:
    """Every pod, workload entry and workload group with its namespace."""
    found = [(pod.namespace, Endpoint(pod.labels, _place(mesh, pod))) for pod in (*pods(mesh), *_scaled_to_zero(mesh))]
    found += [
        (entry.namespace, Endpoint(entry.spec["labels"].mapping, _locality(entry.spec)))
        for entry in mesh[WORKLOAD_ENTRY]
    ]
    found += [
        (group.namespace, Endpoint(group.spec["metadata"]["labels"].mapping, None)) for group in mesh[WORKLOAD_GROUP]
    ]
    return tuple(found)


@derived
def _everywhere(mesh: Snapshot) -> LabelIndex[Endpoint]:
    return LabelIndex((endpoint.labels, endpoint) for _, endpoint in _all(mesh))


@derived
def _by_namespace(mesh: Snapshot) -> Mapping[str, LabelIndex[Endpoint]]:
    found: dict[str, LabelIndex[Endpoint]] = {}
    for namespace, endpoint in _all(mesh):
        found.setdefault(namespace, LabelIndex()).add(endpoint.labels, endpoint)
    return found


def _scaled_to_zero(mesh: Snapshot) -> Iterable[Workload]:
    """In a cluster, the controllers that have no pods now but are meant to have some again."""
    if not mesh.strict:
        return
    for kind in WORKLOAD_KINDS:
        for resource in mesh[kind]:
            replicas = resource.spec["replicas"]
            if kind is not POD and replicas.present and not replicas.number:
                found = workload(resource)
                if found is not None:
                    yield found


def _place(mesh: Snapshot, pod: Workload) -> Labels | None:
    node = pod.spec["nodeName"].text
    if not node:
        # A template runs anywhere, and so may a pod of a file that was not made by a scheduler.
        return {} if mesh.strict and pod.resource.kind is POD else None
    place: dict[str, Any] = {HOSTNAME: node}
    found = mesh.find(NODE, "", node)
    if found is not None:
        place |= {key: found.labels[key] for key in (REGION, ZONE) if found.labels.get(key)}
        if ZONE in place and found.labels.get(SUBZONE):
            place[SUBZONE] = found.labels[SUBZONE]
    return place


def _locality(entry: Field) -> Labels:
    """The labels that the `locality` of an entry, as `region/zone/subzone`, stands for."""
    parts = entry["locality"].text.split("/")
    return {key: part for key, part in zip((REGION, ZONE, SUBZONE), parts, strict=False) if part}
