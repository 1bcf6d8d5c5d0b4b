"""Whether an object does what it is for: the rules of `kubectl rollout status`, and why one does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from meshctl.install.identity import Object, identity, metadata
from meshctl.kube import Cluster, ClusterError, ResourceType

POD = ResourceType("", "v1", "Pod", "pods", True)
_EVENT = ResourceType("", "v1", "Event", "events", True)
_MOST = 3
"""How many pods, and how many events, are told about one workload."""


class NeverReadyError(ClusterError):
    """An object has failed for good, so that waiting for it has no point."""


def missing(item: Object) -> str:
    """What an object still lacks to be ready; empty when it is. Raises `NeverReadyError`."""
    rule = _RULES.get(str(item.get("kind", "")))
    if rule is None:
        return ""
    status = item.get("status") or {}
    if rule is not _definition and int(status.get("observedGeneration") or 0) < int(metadata(item)["generation"]):
        return "its controller has not seen it yet"
    return rule(item, status)


def waits(item: Object) -> bool:
    """Whether an object becomes ready some time after it was applied."""
    return item.get("kind") in _RULES


def _deployment(item: Object, status: Mapping[str, Any]) -> str:
    if condition(status, "Progressing").get("reason") == "ProgressDeadlineExceeded":
        raise NeverReadyError(f"{identity(item)} made no progress in time")
    wanted = (item.get("spec") or {}).get("replicas")
    updated = int(status.get("updatedReplicas") or 0)
    if wanted is not None and updated < wanted:
        return f"{updated} of {wanted} new pods are there"
    if int(status.get("replicas") or 0) > updated:
        return f"{int(status['replicas']) - updated} old pods are still there"
    available = int(status.get("availableReplicas") or 0)
    return f"{available} of {updated} pods are available" if available < updated else ""


def _daemon_set(item: Object, status: Mapping[str, Any]) -> str:
    wanted = int(status.get("desiredNumberScheduled") or 0)
    strategy = ((item.get("spec") or {}).get("updateStrategy") or {}).get("type")
    updated = int(status.get("updatedNumberScheduled") or 0)
    if updated < wanted and strategy != "OnDelete":
        return f"{updated} of {wanted} nodes have the new pod"
    available = int(status.get("numberAvailable") or 0)
    return f"the pods of {available} of {wanted} nodes are available" if available < wanted else ""


def _stateful_set(item: Object, status: Mapping[str, Any]) -> str:
    wanted = int((item.get("spec") or {}).get("replicas") or 0)
    ready = min(int(status.get("readyReplicas") or 0), int(status.get("updatedReplicas") or 0))
    return f"{ready} of {wanted} pods are ready" if ready < wanted else ""


def _definition(item: Object, status: Mapping[str, Any]) -> str:
    if condition(status, "Established").get("status") == "True":
        return ""
    names = condition(status, "NamesAccepted")
    if names.get("status") == "False":
        return f"its names are not accepted: {names.get('message')}"
    return "the API server does not serve it yet"


_RULES = {
    "Deployment": _deployment,
    "DaemonSet": _daemon_set,
    "StatefulSet": _stateful_set,
    "CustomResourceDefinition": _definition,
}


def condition(status: Mapping[str, Any], type_: str) -> Mapping[str, Any]:
    """The condition of a type; empty when there is none."""
    for one in status.get("conditions") or ():
        if one.get("type") == type_:
            found: Mapping[str, Any] = one
            return found
    return {}


def reasons(cluster: Cluster, item: Object) -> list[str]:
    """Why a workload has no pods that are ready: what its pods wait for, and the warnings about them."""
    selector = ((item.get("spec") or {}).get("selector") or {}).get("matchLabels") or {}
    if not selector:
        return []
    namespace = str(metadata(item).get("namespace", ""))
    try:
        pods = cluster.objects(POD, namespace, labels=",".join(f"{key}={value}" for key, value in selector.items()))
        events = cluster.objects(_EVENT, namespace, fields="type=Warning")
    except ClusterError as error:
        return [f"its pods cannot be read: {error.message}"]
    found = [line for pod in pods for line in _pod_reasons(pod)][:_MOST]
    names = {pod["metadata"]["name"] for pod in pods}
    # The events of the workload itself and of its ReplicaSets, whose names begin with its own.
    own = str(metadata(item)["name"])
    about = [
        event
        for event in events
        if (name := str((event.get("involvedObject") or {}).get("name", ""))) in names
        or name == own
        or name.startswith(f"{own}-")
    ]
    about.sort(key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime") or ""))
    texts = dict.fromkeys(
        f"{event['involvedObject'].get('kind')} {event['involvedObject'].get('name')}: {event.get('reason')}: "
        f"{' '.join(str(event.get('message', '')).split())}"
        for event in about
    )
    return found + list(texts)[-_MOST:]


def _pod_reasons(pod: Object) -> Iterator[str]:
    status = pod.get("status") or {}
    name = metadata(pod).get("name")
    scheduled = condition(status, "PodScheduled")
    if scheduled.get("status") == "False":
        yield f"pod {name} is not scheduled: {scheduled.get('message')}"
        return
    blocked = False
    for container in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
        state = container.get("state") or {}
        for key in ("waiting", "terminated"):
            reason = state.get(key) or {}
            if reason.get("reason") and reason["reason"] != "Completed":
                blocked = True
                detail = f": {reason['message']}" if reason.get("message") else ""
                yield f"pod {name}, container {container.get('name')}: {reason['reason']}{detail}"
    ready = condition(status, "Ready")
    if not blocked and ready.get("status") != "True":
        yield f"pod {name} is {status.get('phase', 'Unknown')} and not ready" + (
            f": {ready['message']}" if ready.get("message") else ""
        )
