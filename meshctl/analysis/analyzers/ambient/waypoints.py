"""Labels that send traffic to a waypoint which does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import UNKNOWN_WAYPOINT, Message
from meshctl.model.kinds.kubernetes_gateway import KUBERNETES_GATEWAY
from meshctl.model.kinds.namespace import NAMESPACE
from meshctl.model.kinds.pod import POD
from meshctl.model.kinds.service import SERVICE
from meshctl.model.kinds.service_entry import SERVICE_ENTRY
from meshctl.model.kinds.workload_entry import WORKLOAD_ENTRY
from meshctl.model.membership import USE_WAYPOINT, WAYPOINT_CLASS
from meshctl.model.resource import Field, Resource
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import TEMPLATES, workload

_LABELLED = (NAMESPACE, SERVICE, SERVICE_ENTRY, WORKLOAD_ENTRY, POD, *TEMPLATES)
_LABELS = (USE_WAYPOINT, f"{USE_WAYPOINT}-canary")
NO_WAYPOINT = "none"
"""Value of the label that opts out of the waypoint of the namespace."""


@analyzer("ambient.WaypointAnalyzer", inputs={*_LABELLED, KUBERNETES_GATEWAY}, emits={UNKNOWN_WAYPOINT})
def waypoints(mesh: Snapshot) -> Iterator[Message]:
    """Checks that the waypoints which namespaces, services and workloads ask for exist."""
    for kind in _LABELLED:
        for resource in mesh[kind]:
            pod = workload(resource)
            if (pod.labels if pod else resource.labels).keys().isdisjoint(_LABELS):
                continue
            labels = (pod.pod if pod else resource.field)["metadata"]["labels"]
            for label in _LABELS:
                name = labels[label]
                if not name.text or name.text == NO_WAYPOINT:
                    continue
                own = resource.name if kind is NAMESPACE else resource.namespace
                namespace = labels[f"{label}-namespace"].text or own
                gateway = mesh.find(KUBERNETES_GATEWAY, namespace, name.text)
                if gateway is None or not _is_waypoint(gateway):
                    yield UNKNOWN_WAYPOINT.at(
                        name, needs=(KUBERNETES_GATEWAY,), label=label, name=name.text, namespace=namespace
                    )


def _is_waypoint(gateway: Resource) -> bool:
    """Whether it is of Istio's waypoint class or, for other waypoints, takes traffic from ztunnel (HBONE)."""
    listeners: Iterator[Field] = iter(gateway.spec["listeners"])
    return gateway.spec["gatewayClassName"].value == WAYPOINT_CLASS or any(
        listener["protocol"].text.upper().endswith("HBONE") for listener in listeners
    )
