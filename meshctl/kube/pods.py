"""The pods that a target of a command means: `NAME`, `NAME.NAMESPACE`, `TYPE/NAME[.NAMESPACE]`, or a selector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from meshctl.errors import UsageError
from meshctl.kube.errors import NoSuchPodError

if TYPE_CHECKING:
    from meshctl.kube.cluster import Cluster

_POD = {"apiVersion": "v1", "kind": "Pod"}
_PHASES = {"Running": 0, "Unknown": 1, "Pending": 2}
_GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name"
_PROXY = "istio-proxy"
_POD_WORDS = ("", "pod", "pods", "po")


@dataclass(frozen=True, slots=True)
class PodName:
    """A pod by its name and namespace."""

    name: str
    namespace: str

    def __str__(self) -> str:
        """The name as istioctl writes it."""
        return f"{self.name}.{self.namespace}"


def pod_of(cluster: Cluster, target: str, namespace: str) -> PodName:
    """The pod to ask; of several behind a Deployment or Service, the one whose logs kubectl would show.

    Raises `NoSuchPodError`, `UsageError` for a kind that the cluster does not serve, and other `ClusterError`s.
    """
    return pods_of(cluster, target, namespace)[0]


def pods_of(cluster: Cluster, target: str, namespace: str) -> Sequence[PodName]:
    """All pods that a target means, the one to ask first. A pod's own name is not looked up."""
    kind, _, rest = target.rpartition("/")
    name, dot, named = rest.rpartition(".")
    name, namespace = (name, named) if dot else (named, namespace)
    if not name:
        raise UsageError(f"{target!r} names no pod", hint="write NAME[.NAMESPACE] or TYPE/NAME[.NAMESPACE]")
    if kind.lower() in _POD_WORDS:
        return (PodName(name, namespace),)
    type_ = cluster.resource_types.named(kind)
    if type_ is None:
        raise UsageError(f"the cluster serves no {kind!r}", hint="write a kind such as deployment or service")
    found = cluster.get(type_, name, namespace)
    selector = _selector(found, name) if found is not None else ""
    pods = selected(cluster, namespace, selector) if selector else ()
    if not pods:
        raise NoSuchPodError(f'no pods match "{kind}/{name}"', hint=f"it is looked for in namespace {namespace}")
    return pods


def selected(cluster: Cluster, namespace: str, selector: str) -> Sequence[PodName]:
    """The pods of a namespace with certain labels, the one to ask first."""
    found = cluster.objects(cluster.type_of(_POD), namespace, labels=selector)
    return [PodName(pod["metadata"]["name"], namespace) for pod in sorted(found, key=_logging_order)]


def pods_with_proxy(cluster: Cluster, namespace: str) -> Sequence[PodName]:
    """The running pods of a namespace that have a sidecar, or are a gateway or waypoint."""
    found = cluster.objects(cluster.type_of(_POD), namespace)
    return [PodName(pod["metadata"]["name"], namespace) for pod in sorted(found, key=_logging_order) if _has_proxy(pod)]


def _has_proxy(pod: Mapping[str, Any]) -> bool:
    spec = pod.get("spec") or {}
    containers = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    running = (pod.get("status") or {}).get("phase") == "Running"
    return running and any(container.get("name") == _PROXY for container in containers)


def _selector(item: Mapping[str, Any], name: str) -> str:
    """The label selector of an object for its pods, as a query has it; empty when it has none."""
    spec = item.get("spec") or {}
    if item.get("kind") == "Gateway":
        return f"{_GATEWAY_NAME}={name}"
    selector = spec.get("selector") or {}
    if not isinstance(selector, dict):
        return ""
    if "matchLabels" not in selector and "matchExpressions" not in selector:
        return ",".join(f"{key}={value}" for key, value in selector.items())
    parts = [f"{key}={value}" for key, value in (selector.get("matchLabels") or {}).items()]
    for expression in selector.get("matchExpressions") or ():
        key, values = expression.get("key", ""), ",".join(expression.get("values") or ())
        forms = {"In": f"{key} in ({values})", "NotIn": f"{key} notin ({values})", "DoesNotExist": f"!{key}"}
        parts.append(forms.get(expression.get("operator", ""), key))
    return ",".join(parts)


def _logging_order(pod: Mapping[str, Any]) -> tuple[Any, ...]:
    """On a node, running, ready, ready for longer, restarted more often, older: in this order."""
    status, metadata = pod.get("status") or {}, pod.get("metadata") or {}
    ready: Mapping[str, Any] = next((one for one in status.get("conditions") or () if one.get("type") == "Ready"), {})
    restarts = max((one.get("restartCount", 0) for one in status.get("containerStatuses") or ()), default=0)
    return (
        not (pod.get("spec") or {}).get("nodeName"),
        _PHASES.get(status.get("phase", ""), 3),
        ready.get("status") != "True",
        ready.get("lastTransitionTime") or "",
        -restarts,
        metadata.get("creationTimestamp") or "",
        metadata.get("name", ""),
    )
