"""Deployments behind several services that disagree."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import CONFLICTING_TARGET_PORTS, MIXED_PROTOCOLS, Message
from meshctl.model.kinds.deployment import DEPLOYMENT
from meshctl.model.kinds.namespace import NAMESPACE
from meshctl.model.kinds.service import SERVICE, services_by_selector
from meshctl.model.membership import MANAGED, WAYPOINT_CONTROLLER, in_mesh
from meshctl.model.resource import Field, Resource
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import workload


@analyzer(
    "deployment.MultiServiceAnalyzer",
    inputs={SERVICE, DEPLOYMENT, NAMESPACE},
    emits={MIXED_PROTOCOLS, CONFLICTING_TARGET_PORTS},
)
def multi_service(mesh: Snapshot) -> Iterator[Message]:
    """Checks that the services in front of a deployment agree on protocols and ports."""
    services = services_by_selector(mesh)
    for deployment in mesh[DEPLOYMENT]:
        pod = workload(deployment)
        index = services.get(deployment.namespace)
        if pod is None or index is None or deployment.labels.get(MANAGED) == WAYPOINT_CONTROLLER:
            continue
        found = list(index.matching(pod.labels))
        # One service alone knows what it does: 53 over TCP and UDP, or an old and a new port for the same server.
        if len(found) > 1 and in_mesh(mesh, pod):
            yield from _protocols(deployment, found)
            yield from _targets(deployment, found)


def _protocols(deployment: Resource, services: list[Resource]) -> Iterator[Message]:
    ports: dict[int, list[Field]] = {}
    for service in services:
        for port in service.spec["ports"]:
            ports.setdefault(port["port"].number, []).append(port)
    for number, found in sorted(ports.items()):
        names = _names(found)
        if len({port["protocol"].text or "TCP" for port in found}) > 1 and len(names) > 1:
            yield MIXED_PROTOCOLS.on(deployment, related=found, deployment=deployment.name, port=number, services=names)


def _targets(deployment: Resource, services: list[Resource]) -> Iterator[Message]:
    targets: dict[str, list[Field]] = {}
    for service in services:
        for port in service.spec["ports"]:
            targets.setdefault(_target(port), []).append(port)
    for target, found in sorted(targets.items()):
        numbers = sorted({port["port"].number for port in found})
        names = _names(found)
        if len(numbers) > 1 and len(names) > 1:
            yield CONFLICTING_TARGET_PORTS.on(
                deployment, related=found, deployment=deployment.name, services=names, target=target, ports=numbers
            )


def _target(port: Field) -> str:
    target = port["targetPort"]
    return target.text or str(target.number or port["port"].number)


def _names(ports: list[Field]) -> list[str]:
    return sorted({port.resource.full_name for port in ports})
