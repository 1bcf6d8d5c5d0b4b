"""How a service is reached from outside: the gateways whose virtual services lead to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from meshctl.diagnose.describe import services, virtual_services
from meshctl.diagnose.describe.proxy import Proxy
from meshctl.diagnose.describe.virtual_services import Goal, VirtualService
from meshctl.model.gateway_pods import selector
from meshctl.model.hosts import service_fqdn
from meshctl.model.kinds.gateway import GATEWAY, served_hosts
from meshctl.model.kinds.virtual_service import gateway_name, gateways
from meshctl.model.registry import gateway_hosts
from meshctl.model.resource import Field, Resource
from meshctl.model.selectors import matches
from meshctl.model.snapshot import Snapshot
from meshctl.model.visibility import exported_to, sees
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
    """A way to services from outside: a gateway, its addresses, and the virtual services that lead on."""

    gateway: str
    """As `name.namespace`."""
    urls: tuple[str, ...]
    """Empty when no pod of the gateway is known."""
    virtual_services: tuple[VirtualService, ...]
    missing: bool = False
    """A virtual service names the gateway, but there is none."""


def exposures(
    mesh: Snapshot, own: Sequence[Resource], pods: Sequence[Workload], ingress: Sequence[IngressPod], *, whole: bool
) -> tuple[Exposure, ...]:
    """The gateways that lead to services, each once.

    With `whole` the pods of all gateways are known, so that a gateway without any leads nowhere; a gateway whose pod
    has not got the virtual service does not either.
    """
    found: dict[str, Exposure] = {}
    for service in own:
        goal = _goal(mesh, service, pods)
        for virtual_service in virtual_services.leading_from_gateways(mesh, goal):
            for reference in gateways(virtual_service):
                exposure = _exposure(mesh, virtual_service, reference, ingress, goal, whole=whole)
                if exposure is not None:
                    found[exposure.gateway] = _joined(found.get(exposure.gateway), exposure)
    return tuple(found.values())


def _goal(mesh: Snapshot, service: Resource, pods: Sequence[Workload]) -> Goal:
    host = service_fqdn(service.name, service.namespace)
    ports = [port["port"].number for port in services.tcp_ports(service)]
    rule = services.rule_for(mesh, host, ports[0], pods, None) if ports and pods else None
    return Goal(host, frozenset(ports), rule, sidecars=False)


def _joined(known: Exposure | None, more: Exposure) -> Exposure:
    if known is None or known.missing:
        return more
    urls, through = (*known.urls, *more.urls), (*known.virtual_services, *more.virtual_services)
    return Exposure(known.gateway, tuple(dict.fromkeys(urls)), tuple(dict.fromkeys(through)))


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
        return Exposure(title, (), (), missing=True) if known and GATEWAY not in mesh.unread else None
    if not _serves(mesh, gateway, virtual_service):
        return None
    fitting = [one for one in ingress if matches(selector(gateway), one.pod.labels)]
    using = [one for one in fitting if _uses(one, virtual_service)]
    if (fitting and not using) or (whole and not fitting):
        return None
    described = virtual_services.described(mesh, virtual_service, goal, gateway=reference.text)
    if not described.routes:
        return None
    urls = (url for one in using for url in _urls(mesh, one.pod))
    return Exposure(title, tuple(dict.fromkeys(urls)), (described,))


def _serves(mesh: Snapshot, gateway: Resource, virtual_service: Resource) -> bool:
    """Whether a gateway serves one of the hosts of a virtual service."""
    names = [name for host in virtual_service.spec["hosts"] for name in gateway_hosts(mesh, host)]
    return served_hosts(mesh)[gateway].serves(names, virtual_service.namespace)


def _uses(one: IngressPod, virtual_service: Resource) -> bool:
    """Whether a pod of a gateway has a virtual service, or as far as is known gets it."""
    if one.proxy is None:
        return sees(exported_to(virtual_service), one.pod.namespace)
    return _has(one, virtual_service)


def _has(one: IngressPod, virtual_service: Resource) -> bool:
    name = IstioResource("virtual-service", virtual_service.namespace, virtual_service.name)
    return one.proxy is not None and name in one.proxy.named


def named_gateways(mesh: Snapshot, service: Resource) -> Iterator[Resource]:
    """The gateways that virtual services with a rule to a service name, each once."""
    goal = _goal(mesh, service, ())
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
