"""Who is in the mesh: injection by namespace, label and revision, ambient mode, gateways, the control plane."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meshctl.model.kinds.namespace import NAMESPACE
from meshctl.model.resource import Resource
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import Workload

INJECTION = "istio-injection"
"""Namespace label: `enabled` or `disabled`."""
REVISION = "istio.io/rev"
"""Label of namespaces and pods: the revision or tag that injects there."""
INJECT = "sidecar.istio.io/inject"
"""Label (formerly annotation) of pods: `true` or `false`."""
DATAPLANE_MODE = "istio.io/dataplane-mode"
"""Label of namespaces and pods: `ambient` or `none`."""
REDIRECTION = "ambient.istio.io/redirection"
"""Annotation that the CNI node agent sets on pods whose traffic it redirects."""
GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name"
"""Label of the pods that the Gateway API controller makes for a Gateway."""
MANAGED = "gateway.istio.io/managed"
"""Label of everything that the Gateway API controller makes."""
GATEWAY_CLASS_NAME = "gateway.networking.k8s.io/gateway-class-name"
"""Label beside it: the class of the Gateway."""
WAYPOINT_CONTROLLER = "istio.io-mesh-controller"
"""Value of `gateway.istio.io/managed` on what belongs to a waypoint."""
WAYPOINT_CLASS = "istio-waypoint"
"""The gateway class of waypoints."""
USE_WAYPOINT = "istio.io/use-waypoint"
USE_WAYPOINT_NAMESPACE = "istio.io/use-waypoint-namespace"
"""Label of namespaces, services and workloads: the waypoint that handles their traffic."""

PROXY_CONTAINER = "istio-proxy"

IGNORED_NAMESPACES = frozenset({"kube-system", "kube-public", "kube-node-lease", "local-path-storage"})
"""Namespaces that never take part in a mesh."""


def namespace_labels(mesh: Snapshot, name: str) -> Mapping[str, Any]:
    """The labels of a namespace; none for one that the snapshot does not hold."""
    found = mesh.find(NAMESPACE, "", name)
    return found.labels if found else {}


def injects(labels: Mapping[str, Any]) -> bool:
    """Whether the labels of a namespace ask for sidecars: `istio-injection` decides, a revision counts without it."""
    injection = labels.get(INJECTION)
    return injection == "enabled" or (not injection and bool(labels.get(REVISION)))


def in_mesh(mesh: Snapshot, pod: Workload) -> bool:
    """Whether a pod has or gets a sidecar.

    In this order: a proxy container that is already there, the label `sidecar.istio.io/inject`, the annotation of that
    name, the labels of the namespace.
    """
    for container in pod.containers(init=True):
        if container["name"].value == PROXY_CONTAINER:
            if container["image"]:
                return True
            break
    for found in (pod.labels.get(INJECT), pod.annotations.get(INJECT)):
        if found is not None:
            return bool(found == "true")
    return injects(namespace_labels(mesh, pod.namespace))


def in_ambient(pod: Workload) -> bool:
    """Whether the traffic of a running pod is redirected to ztunnel."""
    return pod.annotations.get(REDIRECTION) == "enabled"


def takes_part(mesh: Snapshot, pod: Workload) -> bool:
    """Whether a pod is in the mesh, by a sidecar or by ambient mode, as far as the snapshot can tell.

    In a cluster an annotation marks the pods in ambient mode; in files the labels tell what will become of a pod. Files
    without the Namespace of a pod leave its labels open: the pod counts as in the mesh unless it opts out itself.
    """
    if in_mesh(mesh, pod) or in_ambient(pod):
        return True
    if mesh.strict:
        return False
    mode = pod.labels.get(DATAPLANE_MODE)
    if mode is not None:
        return bool(mode == "ambient")
    namespace = mesh.find(NAMESPACE, "", pod.namespace)
    if namespace is not None:
        return is_ambient(namespace.labels)
    return pod.labels.get(INJECT) is None and pod.annotations.get(INJECT) is None


def is_ambient(labels: Mapping[str, Any]) -> bool:
    """Whether the labels of a namespace put it into ambient mode; injection of sidecars wins over it."""
    return labels.get(DATAPLANE_MODE) == "ambient" and labels.get(INJECTION) != "enabled" and not labels.get(REVISION)


def is_waypoint_pod(pod: Workload) -> bool:
    """Whether a pod was made for a Gateway that is a waypoint."""
    labels = pod.labels
    return labels.get(MANAGED) == WAYPOINT_CONTROLLER or labels.get(GATEWAY_CLASS_NAME) == WAYPOINT_CLASS


def is_control_plane(resource: Resource) -> bool:
    """Whether a resource belongs to Istio itself: a label `istio`, or a label `release` with the value `istio`."""
    return "istio" in resource.labels or resource.labels.get("release") == "istio"
