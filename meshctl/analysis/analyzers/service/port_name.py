"""Ports whose protocol nobody can tell."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import EXTERNAL_NAME_PORT, PORT_WITHOUT_PROTOCOL, Message
from meshctl.model.kinds.namespace import NAMESPACE
from meshctl.model.kinds.service import SERVICE
from meshctl.model.membership import (
    IGNORED_NAMESPACES,
    INJECTION,
    MANAGED,
    in_ambient,
    in_mesh,
    is_control_plane,
    namespace_labels,
)
from meshctl.model.protocols import port_protocol
from meshctl.model.resource import Field, Resource
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import WORKLOAD_KINDS, pods_by_namespace

_MADE_BY_ISTIO = frozenset({"istio.io-gateway-controller", "istio.io-mesh-controller", "istio.io-eastwest-controller"})
"""Values of the label `gateway.istio.io/managed` on services whose port names come from a Gateway."""


@analyzer(
    "service.PortNameAnalyzer",
    inputs={SERVICE, NAMESPACE, *WORKLOAD_KINDS},
    emits={PORT_WITHOUT_PROTOCOL, EXTERNAL_NAME_PORT},
)
def port_name(mesh: Snapshot) -> Iterator[Message]:
    """Checks that the ports of services tell their protocol."""
    for service in mesh[SERVICE]:
        if is_control_plane(service) or service.at("metadata", "labels", MANAGED).text in _MADE_BY_ISTIO:
            continue
        external = service.spec["type"].value == "ExternalName"
        found = [port for port in service.spec["ports"] if _unclear(port, external)]
        if found and not _outside(mesh, service):
            for port in found:
                if external:
                    yield EXTERNAL_NAME_PORT.at(port["port"])
                else:
                    yield PORT_WITHOUT_PROTOCOL.at(
                        port["port"],
                        name=port["name"].text or "none",
                        port=port["port"].number,
                        target=port["targetPort"].text or port["targetPort"].number or port["port"].number,
                    )


def _unclear(port: Field, external: bool) -> bool:
    return port.present and (not port_protocol(port) or (external and port["name"].value == "tcp"))


def _outside(mesh: Snapshot, service: Resource) -> bool:
    """Whether the namespace keeps out of the mesh and none of the service's pods is in it all the same."""
    if service.namespace in IGNORED_NAMESPACES:
        return True
    if namespace_labels(mesh, service.namespace).get(INJECTION) != "disabled":
        return False
    index = pods_by_namespace(mesh).get(service.namespace)
    selector = service.spec["selector"].mapping
    pods = index.select(selector) if index is not None and selector else ()
    return not any(in_mesh(mesh, pod) or in_ambient(pod) for pod in pods)
