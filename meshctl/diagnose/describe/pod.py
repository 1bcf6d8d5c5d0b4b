"""A pod by itself: its ports, its state, and what keeps it from working well in a mesh."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from meshctl.model.kinds.pod import POD
from meshctl.model.membership import PROXY_CONTAINER, REVISION, in_ambient, in_mesh
from meshctl.model.resource import Field
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import Workload

STATUS = "sidecar.istio.io/status"
"""Annotation: what the injector added to a pod, as JSON."""

_OWN_CONTAINERS = frozenset({PROXY_CONTAINER, "istio-operator"})
_PROXY_USER = 1337
_NAME_LABELS = ("service.istio.io/canonical-name", "app.kubernetes.io/name", "app")
_REVISION_LABELS = ("service.istio.io/canonical-revision", "app.kubernetes.io/version", "version")


@dataclass(frozen=True, slots=True)
class ContainerPort:
    """A port that a container exposes."""

    number: int
    protocol: str
    container: str


class Weight(StrEnum):
    """How much a remark matters."""

    WARNING = "warning"
    SUGGESTION = "suggestion"  # it works, but could be better
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a pod that may be wrong."""

    text: str
    weight: Weight = Weight.WARNING


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod, or the template of one; its `phase` is empty where nobody runs it."""

    name: str
    namespace: str
    kind: str
    """`Pod`, or the kind whose template it is."""
    revision: str
    ports: tuple[ContainerPort, ...]
    phase: str
    sidecar: bool
    ambient: bool
    not_ready: tuple[Remark, ...]
    reserved_user: tuple[Remark, ...]
    """Containers with the user of the proxy, whose connections it does not see."""
    remarks: tuple[Remark, ...]


def described(mesh: Snapshot, pod: Workload) -> Pod:
    """What can be said about a pod by itself."""
    status = pod.pod["status"]
    sidecar = has_sidecar(mesh, pod)
    return Pod(
        pod.resource.name,
        pod.namespace,
        pod.resource.kind.name,
        revision(pod.annotations),
        tuple(_ports(pod)),
        status["phase"].text,
        sidecar,
        in_ambient(pod),
        tuple(not_ready(pod)),
        tuple(_reserved_users(pod)),
        tuple(_remarks(mesh, pod, sidecar)),
    )


def is_running(pod: Workload) -> bool:
    """Whether a pod runs, or might: manifests do not tell."""
    return pod.pod["status"]["phase"].text in ("", "Running")


def has_sidecar(mesh: Snapshot, pod: Workload) -> bool:
    """Whether a pod has a proxy of its own, or will get one: only what was admitted is beyond injection."""
    if any(container["name"].text == PROXY_CONTAINER for container in pod.containers(init=True)):
        return True
    admitted = pod.resource.kind is POD and pod.pod["status"].present
    return not admitted and in_mesh(mesh, pod)


def revision(annotations: Mapping[str, Any]) -> str:
    """The control plane that injected a pod: its annotation, else what the injector noted; empty without any."""
    found = annotations.get(REVISION)
    if isinstance(found, str) and found:
        return found
    try:
        noted = json.loads(str(annotations.get(STATUS, "")))
    except ValueError:
        return ""
    return str(noted.get("revision") or "") if isinstance(noted, dict) else ""


def not_ready(pod: Workload, only: str = "") -> Iterator[Remark]:
    """The containers, or the one of a name, that are not ready."""
    for field, title in (("containerStatuses", "Container"), ("initContainerStatuses", "Init Container")):
        for status in pod.pod["status"][field]:
            name = status["name"].text
            if status["ready"].value is False and only in ("", name):
                yield Remark(f"Pod {pod.resource.name} {title} {name} NOT READY")


def _ports(pod: Workload) -> Iterator[ContainerPort]:
    for container in pod.containers():
        for port in container["ports"]:
            yield ContainerPort(port["containerPort"].number, port["protocol"].text or "TCP", container["name"].text)


def _reserved_users(pod: Workload) -> Iterator[Remark]:
    for container in pod.containers():
        name = container["name"].text
        if name not in _OWN_CONTAINERS and _user(container) == _PROXY_USER:
            yield Remark(
                f"container {name} of pod {pod.resource.name} runs as user {_PROXY_USER}, which is reserved for the "
                "sidecar: its traffic goes past the proxy"
            )


def _user(field: Field) -> int:
    return field["securityContext"]["runAsUser"].number


def _remarks(mesh: Snapshot, pod: Workload, sidecar: bool) -> Iterator[Remark]:
    name = pod.resource.name
    if in_ambient(pod):
        return
    if not sidecar:
        yield Remark(f"pod {name} has no sidecar: it is not part of the mesh")
        return
    if _user(pod.spec) == _PROXY_USER:
        yield Remark(f"pod {name} runs as user {_PROXY_USER}, which is reserved for the sidecar")
    for labels, what in ((_NAME_LABELS, "name"), (_REVISION_LABELS, "revision")):
        if not any(label in pod.labels for label in labels):
            yield Remark(
                f"add the label {labels[-1]!r} to pod {name}, so that telemetry knows the {what} of its workload",
                Weight.SUGGESTION,
            )
