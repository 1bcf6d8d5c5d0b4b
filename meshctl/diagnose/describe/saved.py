"""Descriptions out of manifests, with or without the config dump of the proxy."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from meshctl.diagnose.describe.describing import Surroundings
from meshctl.diagnose.describe.ingress import IngressPod
from meshctl.diagnose.describe.proxy import Proxy
from meshctl.errors import UnreadableError
from meshctl.model.gateway_pods import is_gateway
from meshctl.model.kinds.pod import POD
from meshctl.model.kinds.service import SERVICE
from meshctl.model.membership import PROXY_CONTAINER
from meshctl.model.resource import Resource, Source
from meshctl.model.selectors import matches
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import Workload, pods
from meshctl.proxyconfig.dump import ConfigDump
from meshctl.proxyconfig.errors import DumpError

_SHOWN = 5
"""So many pods are named where another one was meant."""

NO_DUMP = "no config dump of the proxy is given: what is said of its configuration follows from the objects"


def with_pod_of(dump: ConfigDump | None, resources: Sequence[Resource]) -> list[Resource]:
    """The resources, and the pod that the dump's proxy says it runs in, unless it is among them."""
    found = pod_of_dump(dump) if dump is not None else None
    known = found is None or any(one.same_object(found) for one in resources)
    return [*resources] if known or found is None else [*resources, found]


def find_pod(mesh: Snapshot, name: str, namespace: str) -> Workload:
    """The pod of a name, else the workload of that name for its pods. Raises `UnreadableError`."""
    places = _places(name, namespace)
    found = [one for one in pods(mesh) if (one.resource.name, one.namespace) in places]
    if not found:
        where = "" if len(places) > 1 else f" in namespace {namespace}"
        known = sorted({f"{one.resource.name}.{one.namespace}" for one in pods(mesh)})
        shown = f"known are {', '.join(known)}" if 0 < len(known) <= _SHOWN else ""
        raise UnreadableError(
            f"there is no pod {name}{where}",
            hint=shown or "name one of the files, a workload that makes it, or the pod whose dump is given",
        )
    return min(found, key=lambda one: one.resource.kind is not POD)


def find_service(mesh: Snapshot, name: str, namespace: str) -> Resource:
    """The service of a name. Raises `UnreadableError`."""
    for own, where in _places(name, namespace):
        found = mesh.find(SERVICE, where, own)
        if found is not None:
            return found
    raise UnreadableError(
        f"there is no service {name} in namespace {namespace}", hint="-f names the files that have it"
    )


def pods_of(mesh: Snapshot, service: Resource) -> list[Workload]:
    """The pods that a service selects; none without a selector."""
    selector = service.spec["selector"].mapping
    return [one for one in pods(mesh) if selector and one.namespace == service.namespace
            and matches(selector, one.labels)]  # fmt: skip


def surroundings(mesh: Snapshot, dump: ConfigDump | None, subjects: Sequence[Workload]) -> Surroundings:
    """What is known from files. The dump is that of the first of the pods."""
    notes = [] if dump is not None else [NO_DUMP]
    proxies = {}
    if dump is not None and subjects:
        own = pod_of_dump(dump)
        owner = next((one for one in subjects if own is None or _is_of(own, one)), None)
        if own is not None and owner is None:
            notes.append(f"the config dump is that of pod {own.name}.{own.namespace}: policies follow from the objects")
        try:
            proxies[(owner or subjects[0]).resource] = Proxy(dump, foreign=owner is None)
        except DumpError as error:
            notes.append(f"{error.message}: what is said of the proxy follows from the objects")
    gateways = [IngressPod(one, None) for one in pods(mesh) if is_gateway(one)]
    return Surroundings(mesh, proxies, gateways, notes=notes)


def pod_of_dump(dump: ConfigDump) -> Resource | None:
    """The pod that a proxy says it runs in, as far as it tells; None for a dump without that part."""
    try:
        node = dump.bootstrap.node
    except DumpError:
        return None
    metadata = node.metadata
    of_id = "".join(node.id.split("~")[2:3]).rpartition(".")  # sidecar~IP~NAME.NAMESPACE~DOMAIN
    name, namespace = str(metadata.get("NAME") or of_id[0]), str(metadata.get("NAMESPACE") or of_id[2])
    if not name:
        return None
    container = next(iter(str(metadata.get("APP_CONTAINERS") or "").split(",")))
    data: Mapping[str, Any] = {
        "apiVersion": "v1",
        "kind": POD.name,
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": metadata.get("LABELS") or {},
            "annotations": metadata.get("ANNOTATIONS") or {},
        },
        "spec": {
            "containers": [
                {"name": container, "ports": _ports(metadata.get("POD_PORTS"))},
                {"name": PROXY_CONTAINER, "image": "unknown"},
            ]
        },
    }
    return Resource(POD, "v1", namespace, name, data, Source("config dump"))


def _is_of(pod: Resource, subject: Workload) -> bool:
    """Whether a pod is the one meant, or is made from the template that is meant."""
    if subject.resource.kind is POD:
        return subject.resource.same_object(pod)
    return pod.namespace == subject.namespace and bool(subject.labels) and matches(subject.labels, pod.labels)


def _ports(text: Any) -> list[Any]:
    try:
        found = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return []
    return [port for port in found if isinstance(port, dict)] if isinstance(found, list) else []


def _places(name: str, namespace: str) -> tuple[tuple[str, str], ...]:
    """Name and namespace that a target may mean: a name may hold dots itself, a namespace may not."""
    rest = name.rpartition("/")[2]
    before, dot, behind = rest.rpartition(".")
    return ((rest, namespace), (before, behind)) if dot else ((rest, namespace),)
