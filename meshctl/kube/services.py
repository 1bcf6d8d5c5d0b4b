"""What stands behind a Service: its ready pods, and their ports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from meshctl.kube.discovery import ResourceType

if TYPE_CHECKING:
    from meshctl.kube.cluster import Cluster

_PODS = ResourceType("", "v1", "Pod", "pods", True)


def ready_pods(cluster: Cluster, service: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The pods that a Service sends connections to, by name; none for one without a selector."""
    selector = (service.get("spec") or {}).get("selector") or {}
    if not selector:
        return ()
    labels = ",".join(f"{key}={value}" for key, value in sorted(selector.items()))
    found = cluster.objects(_PODS, str(service["metadata"]["namespace"]), labels=labels)
    return sorted((pod for pod in found if _is_ready(pod)), key=lambda pod: str(pod["metadata"]["name"]))


def target_port(service: Mapping[str, Any], pod: Mapping[str, Any], port: int) -> int:
    """The port of a pod behind a port of its Service, which may name it."""
    entries = (service.get("spec") or {}).get("ports") or ()
    target = next((entry.get("targetPort") for entry in entries if entry.get("port") == port), None)
    if isinstance(target, int):
        return target
    for container in (pod.get("spec") or {}).get("containers") or ():
        for own in container.get("ports") or ():
            if target is not None and own.get("name") == target:
                return int(own["containerPort"])
    return port


def _is_ready(pod: Mapping[str, Any]) -> bool:
    status = pod.get("status") or {}
    return status.get("phase") == "Running" and any(
        condition.get("type") == "Ready" and condition.get("status") == "True"
        for condition in status.get("conditions") or ()
    )
