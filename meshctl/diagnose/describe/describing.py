"""Puts together what is said about a pod, or about a service."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from meshctl.diagnose.describe import ingress, mutual_tls, pod, services
from meshctl.diagnose.describe.ingress import Exposure, IngressPod
from meshctl.diagnose.describe.mutual_tls import MutualTls
from meshctl.diagnose.describe.pod import Pod, Remark, Weight
from meshctl.diagnose.describe.proxy import Proxy
from meshctl.diagnose.describe.services import Service
from meshctl.model.kind import Kind
from meshctl.model.kinds.peer_authentication import PEER_AUTHENTICATION
from meshctl.model.kinds.service import SERVICE
from meshctl.model.membership import PROXY_CONTAINER, in_ambient
from meshctl.model.resource import Resource
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import Workload
from meshctl.proxyconfig.errors import DumpError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known around the described pods."""

    mesh: Snapshot
    proxies: Mapping[Resource, Proxy]
    """The proxies whose configuration is known, by their pods."""
    ingress: Sequence[IngressPod] = ()
    whole: bool = False
    """Whether all pods of gateways are known, as those of a cluster are."""
    notes: Sequence[str] = field(default=())
    """What could not be read, in a line each."""


@dataclass(frozen=True, slots=True)
class PodDescription:
    """Everything about a pod. None stands for what is not known, or for gateways of which no pod runs."""

    pod: Pod
    proxy_known: bool
    """Whether the proxy's own configuration was read; else what is said follows from the objects."""
    services: tuple[Service, ...] | None
    mutual_tls: MutualTls | None
    gateways: tuple[Exposure, ...] | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServiceDescription:
    """Everything about a service. `service` is None when none of its pods is in the mesh."""

    name: str
    namespace: str
    pods: int
    remarks: tuple[Remark, ...]
    proxy_known: bool
    service: Service | None
    gateways: tuple[Exposure, ...] | None
    notes: tuple[str, ...]


def describe_pod(around: Surroundings, subject: Workload, *, ignore_unmeshed: bool = False) -> PodDescription:
    """Describes a pod. One that is not in the mesh has no mutual TLS."""
    return _despite_damage(around, lambda known: _pod(known, subject, ignore_unmeshed=ignore_unmeshed))


def describe_service(
    around: Surroundings, subject: Resource, pods: Sequence[Workload], *, ignore_unmeshed: bool = False
) -> ServiceDescription:
    """Describes a service by the proxy of the first of its pods that is in the mesh and runs."""
    return _despite_damage(around, lambda known: _service(known, subject, pods, ignore_unmeshed=ignore_unmeshed))


def _despite_damage(around: Surroundings, describe: Callable[[Surroundings], T]) -> T:
    """A description; a config dump that turns out to be damaged on the way is left out, and that is noted."""
    try:
        return describe(around)
    except DumpError as error:
        note = f"{error.message}: what is said of the proxy follows from the objects"
        pods = [IngressPod(one.pod, None) for one in around.ingress]
        return describe(replace(around, proxies={}, ingress=pods, notes=(*around.notes, note)))


def _pod(around: Surroundings, subject: Workload, *, ignore_unmeshed: bool) -> PodDescription:
    mesh, proxy = around.mesh, around.proxies.get(subject.resource)
    about = pod.described(mesh, subject)
    own = services.services_of(mesh, subject)
    meshed = about.sidecar or about.ambient
    if not meshed and ignore_unmeshed:
        own = []
    return PodDescription(
        about,
        proxy is not None,
        tuple(services.described(mesh, one, [subject], proxy) for one in own) if own or _read(mesh, SERVICE) else None,
        _mutual_tls(mesh, subject) if meshed else None,
        _gateways(around, own, [subject]),
        tuple(around.notes),
    )


def _service(
    around: Surroundings, subject: Resource, pods: Sequence[Workload], *, ignore_unmeshed: bool
) -> ServiceDescription:
    mesh = around.mesh
    remarks: list[Remark] = []
    good = []
    for one in pods:
        name = one.resource.name
        if not pod.is_running(one):
            remarks.append(Remark(f"Pod {name} is not Running ({one.pod['status']['phase'].text})", Weight.NOTE))
        elif not pod.has_sidecar(mesh, one) and not in_ambient(one):
            remarks += [] if ignore_unmeshed else [Remark(f"Pod {name}: it has no sidecar", Weight.NOTE)]
        else:
            good.append(one)
            remarks += pod.not_ready(one, PROXY_CONTAINER)
    proxy = next((around.proxies[one.resource] for one in good if one.resource in around.proxies), None)
    found = services.described(mesh, subject, good, proxy) if good else None
    return ServiceDescription(
        subject.name,
        subject.namespace,
        len(pods),
        tuple(remarks),
        proxy is not None,
        found,
        _gateways(around, [subject], good) if good else None,
        tuple(around.notes),
    )


def _read(mesh: Snapshot, kind: Kind) -> bool:
    return kind not in mesh.unread


def _mutual_tls(mesh: Snapshot, subject: Workload) -> MutualTls | None:
    found = mutual_tls.mutual_tls(mesh, subject)
    # Without a policy the mode is the default one, but only if there is none: some may not be readable.
    return found if found.policies or _read(mesh, PEER_AUTHENTICATION) else None


def _gateways(around: Surroundings, own: Sequence[Resource], pods: Sequence[Workload]) -> tuple[Exposure, ...] | None:
    if around.whole and not around.ingress:
        return None
    return ingress.exposures(around.mesh, own, pods, around.ingress, whole=around.whole)
