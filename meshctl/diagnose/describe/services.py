"""A service, port by port: where each leads, what is set for connections to it, and what requests meet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from meshctl.diagnose.describe import access, destination_rules, virtual_services
from meshctl.diagnose.describe.access import AppliedRule
from meshctl.diagnose.describe.destination_rules import DestinationRule
from meshctl.diagnose.describe.pod import has_sidecar
from meshctl.diagnose.describe.proxy import Proxy
from meshctl.diagnose.describe.virtual_services import Goal, VirtualService
from meshctl.model.hosts import service_fqdn
from meshctl.model.kinds.service import services_by_selector
from meshctl.model.membership import in_ambient
from meshctl.model.protocols import port_protocol
from meshctl.model.resource import Field, Resource
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import Workload

_NAMES = {
    "": "auto-detect",
    "grpc-web": "GRPC-Web",
    "mongo": "Mongo",
    "mysql": "MySQL",
    "redis": "Redis",
}


@dataclass(frozen=True, slots=True)
class Port:
    """A port of a service. `target` is None when no container has a port of the name that it is sent to."""

    name: str
    number: int
    protocol: str
    target: int | None
    target_name: str
    """The name of the port that it is sent to; empty where that is a number."""
    destination_rule: DestinationRule | None
    virtual_services: tuple[VirtualService, ...]
    access: tuple[AppliedRule, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """A service in front of the described pods; `ports` are those of TCP."""

    name: str
    namespace: str
    ports: tuple[Port, ...]


def services_of(mesh: Snapshot, pod: Workload) -> list[Resource]:
    """The services that select a pod, by name."""
    index = services_by_selector(mesh).get(pod.namespace)
    return sorted(index.matching(pod.labels), key=lambda service: service.name) if index is not None else []


def described(mesh: Snapshot, service: Resource, pods: Sequence[Workload], proxy: Proxy | None) -> Service:
    """A service as the proxy of the first pod sees it; without a proxy, as the control plane would tell it."""
    return Service(
        service.name, service.namespace, tuple(_port(mesh, port, pods, proxy) for port in tcp_ports(service))
    )


def tcp_ports(service: Resource) -> Iterator[Field]:
    """The ports of a service that proxies handle: those of TCP."""
    return (port for port in service.spec["ports"] if (port["protocol"].text or "TCP") == "TCP")


def _port(mesh: Snapshot, port: Field, pods: Sequence[Workload], proxy: Proxy | None) -> Port:
    number, service = port["port"].number, port.resource
    host = service_fqdn(service.name, service.namespace)
    protocol = port_protocol(port)
    rule = rule_for(mesh, host, number, pods, proxy)
    goal, kinds = Goal(host, frozenset({number}), rule), virtual_services.families(protocol)
    target, name = _target(port, pods)
    if proxy is not None:
        found = [virtual_services.described_by_name(mesh, one, goal, kinds)
                 for one in proxy.virtual_services(host, number)]  # fmt: skip
    else:
        chosen = virtual_services.derived_services(mesh, goal, service.namespace, kinds)
        found = [virtual_services.described(mesh, one, goal, kinds) for one in chosen]
    return Port(
        port["name"].text,
        number,
        _NAMES.get(protocol, protocol.upper()),
        target,
        name,
        rule,
        tuple(found),
        _access(mesh, target, pods, proxy, http="http" in kinds),
    )


def rule_for(
    mesh: Snapshot, host: str, port: int, pods: Sequence[Workload], proxy: Proxy | None
) -> DestinationRule | None:
    """The destination rule for a port of a service, as the proxy of the first pod has it, if there is a proxy."""
    labels = [pod.labels for pod in pods]
    if proxy is not None:
        name = proxy.destination_rule(host, port)
        return destination_rules.described_by_name(mesh, name, labels) if name is not None else None
    found = destination_rules.derived_rule(mesh, pods[0], host)
    return destination_rules.described(found, labels) if found is not None else None


def _target(port: Field, pods: Sequence[Workload]) -> tuple[int | None, str]:
    """The port of the pods and its name; a name that no container gives to a port leads nowhere."""
    name = port["targetPort"].text
    if not name or name.isdecimal():
        return port["targetPort"].number or port["port"].number, ""
    for pod in pods:
        for container in pod.containers(init=True):
            for own in container["ports"]:
                if own["name"].text == name:
                    return own["containerPort"].number, name
    return None, name


def _access(
    mesh: Snapshot, target: int | None, pods: Sequence[Workload], proxy: Proxy | None, *, http: bool
) -> tuple[AppliedRule, ...]:
    if target is None or not (has_sidecar(mesh, pods[0]) or in_ambient(pods[0])):
        return ()  # nobody checks what comes in
    if proxy is not None and not proxy.foreign:
        return access.rules_in(proxy.inbound_filters(target))
    return access.derived_rules(mesh, pods[0], http=http)
