"""How a service is reached from outside: the gateways whose virtual services lead to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from meshctl.diagnose.describe import services, virtual_services
from meshctl.diagnose.describe.proxy import Proxy
from meshctl.diagnose.describe.virtual_services import Goal, VirtualService
from meshctl.model.gateway_pods import selector
from meshctl.model.hosts import service_fqdn
from meshctl.model.kinds.gateway import GATEWAY
from meshctl.model.kinds.virtual_service import gateway_name, gateways
from meshctl.model.resource import Field, Resource
from meshctl.model.selectors import matches
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import Workload
from meshctl.proxyconfig.names import IstioResource

_PORT_NAMES = ("http", "http2")


@dataclass(frozen=True, slots=True)
class IngressPod:
    """A running pod of a gateway; `proxy` is None when its configuration is not known."""

    pod: Workload
    proxy: Proxy | None


@dataclass(frozen=True, slots=True)
class Exposure:
    """A way to a service from outside: a gateway, its addresses, and the virtual service that leads on."""

    gateway: str
    """As `name.namespace`."""
    urls: tuple[str, ...]
    """Empty when no pod of the gateway is known."""
    virtual_service: VirtualService | None
    missing: bool = False
    """The gateway is named by the virtual service, but there is none."""


def exposures(
    mesh: Snapshot, service: Resource, pods: Sequence[Workload], ingress: Sequence[IngressPod], *, whole: bool
) -> Iterator[Exposure]:
    """The gateways that lead to a service, each once.

    With `whole` the pods of all gateways are known, so that a gateway without any leads nowhere; a gateway whose pod
    has not got the virtual service does not either.
    """
    host = service_fqdn(service.name, service.namespace)
    ports = [port["port"].number for port in services.tcp_ports(service)]
    rule = services.rule_for(mesh, host, ports[0], pods, None) if ports else None
    goal = Goal(host, frozenset(ports), rule, sidecars=False)
    seen: set[tuple[str, str]] = set()
    for virtual_service in virtual_services.leading_from_gateways(mesh, goal):
        for reference in gateways(virtual_service):
            place = gateway_name(reference)
            if place in seen:
                continue
            found = _exposure(mesh, virtual_service, reference, ingress, goal, whole=whole)
            if found is not None:
                seen.add(place)
                yield found


def _exposure(
    mesh: Snapshot,
    virtual_service: Resource,
    reference: Field,
    ingress: Sequence[IngressPod],
    goal: Goal,
    *,
    whole: bool,
) -> Exposure | None:
    namespace, name = gateway_name(reference)
    title = f"{name}.{namespace}"
    gateway = mesh.find(GATEWAY, namespace, name)
    if gateway is None:
        # Only a proxy that has the routes shows that the gateway was there.
        known = any(_has(one, virtual_service) for one in ingress)
        return Exposure(title, (), None, missing=True) if known and GATEWAY not in mesh.unread else None
    fitting = [one for one in ingress if matches(selector(gateway), one.pod.labels)]
    using = [one for one in fitting if one.proxy is None or _has(one, virtual_service)]
    if (fitting and not using) or (whole and not fitting):
        return None
    described = virtual_services.described(mesh, virtual_service, goal, gateway=reference.text)
    if not described.routes:
        return None
    return Exposure(title, tuple(dict.fromkeys(url for one in using for url in _urls(mesh, one.pod))), described)


def _has(one: IngressPod, virtual_service: Resource) -> bool:
    name = IstioResource("virtual-service", virtual_service.namespace, virtual_service.name)
    return one.proxy is not None and name in one.proxy.named


def named_gateways(mesh: Snapshot, service: Resource) -> Iterator[Resource]:
    """The gateways that virtual services with a rule to a service name, each once."""
    ports = frozenset(port["port"].number for port in services.tcp_ports(service))
    goal = Goal(service_fqdn(service.name, service.namespace), ports, None, sidecars=False)
    places = {
        gateway_name(reference)
        for virtual_service in virtual_services.leading_from_gateways(mesh, goal)
        for reference in gateways(virtual_service)
    }
    for namespace, name in sorted(places):
        found = mesh.find(GATEWAY, namespace, name)
        if found is not None:
            yield found


def _urls(mesh: Snapshot, pod: Workload) -> Iterator[str]:
    """The addresses of the services in front of a gateway, for their ports of plain HTTP.

    Behind a load balancer that is its address; else the ports that the services have on the nodes.
    """
    for service in services.services_of(mesh, pod):
        balancer = next(iter(service.field["status"]["loadBalancer"]["ingress"]), None)
        address = (balancer["ip"].text or balancer["hostname"].text) if balancer is not None else ""
        for port in services.tcp_ports(service):
            if port["name"].text not in _PORT_NAMES:
                continue
            number = port["port"].number
            if not address and port["nodePort"].number:
                number = port["nodePort"].number
            host = address or pod.pod["status"]["hostIP"].text or "unknown"
            host = f"[{host}]" if ":" in host else host
            yield f"http://{host}" + (f":{number}" if number != 80 else "")
