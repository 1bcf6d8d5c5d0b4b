"""Gateways without pods, and ports that no service opens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import NOT_FOUND, PORT_NOT_ON_SERVICE, Message
from meshctl.model.gateway_pods import gateway_pods, holds_gateways, selector
from meshctl.model.kinds.gateway import GATEWAY
from meshctl.model.kinds.service import SERVICE
from meshctl.model.resource import Resource
from meshctl.model.selections import first_label
from meshctl.model.selectors import SelectorIndex, selector_text
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import WORKLOAD_KINDS, Workload


@analyzer(
    "gateway.IngressGatewayPortAnalyzer",
    inputs={GATEWAY, SERVICE, *WORKLOAD_KINDS},
    emits={NOT_FOUND, PORT_NOT_ON_SERVICE},
)
def ingress_gateway_port(mesh: Snapshot) -> Iterator[Message]:
    """Checks that gateways have pods, and that a service of these pods has the ports of the gateway."""
    services = _services(mesh)
    reachable: dict[str, set[int] | None] = {}
    for gateway in mesh[GATEWAY]:
        text = selector_text(selector(gateway))
        pods = gateway_pods(mesh)[text]
        if not pods:
            yield NOT_FOUND.at(
                first_label(gateway.spec["selector"]),
                needs=WORKLOAD_KINDS,
                proven=holds_gateways(mesh),
                reftype="selector",
                refval=text,
                hint="compare the selector with the labels of the gateway's pods",
            )
            continue
        if text not in reachable:
            reachable[text] = _reachable(pods, services)
        ports = reachable[text]
        if ports is None:
            continue
        for server in gateway.spec["servers"]:
            number = server["port"]["number"]
            if number.present and number.number not in ports:
                yield PORT_NOT_ON_SERVICE.at(
                    first_label(gateway.spec["selector"]),
                    related=[number],
                    selector=text or "any label",
                    port=number.number,
                )


_Services: TypeAlias = Mapping[str, SelectorIndex[list[Resource]]]
"""The services of each namespace, those with the same selector together."""


def _services(mesh: Snapshot) -> _Services:
    alike: dict[tuple[str, str], list[Resource]] = {}
    found: dict[str, SelectorIndex[list[Resource]]] = {}
    for service in mesh[SERVICE]:
        labels = service.spec["selector"].mapping
        key = (service.namespace, selector_text(labels))
        if key not in alike:
            alike[key] = []
            found.setdefault(service.namespace, SelectorIndex()).add(labels, alike[key])
        alike[key].append(service)
    return found


def _reachable(pods: Iterable[Workload], services: _Services) -> set[int] | None:
    """The ports under which clients reach the pods; None when that is not by a service, and so every port."""
    ports: set[int] = set()
    served = False
    seen: set[tuple[int, frozenset[tuple[str, int]]]] = set()
    for pod in pods:
        if pod.spec["hostNetwork"].value is True:
            return None
        named: dict[str, int] = {}
        for container in pod.containers(init=True):
            for port in container["ports"]:
                named[port["name"].text] = port["containerPort"].number
                if port["hostPort"].number:
                    served = True
                    ports |= {port["hostPort"].number, port["containerPort"].number}
        index = services.get(pod.namespace)
        for group in index.matching(pod.labels) if index else ():
            served = True
            key = (id(group), frozenset(named.items()))
            if key not in seen:
                seen.add(key)
                for service in group:
                    ports |= _ports(service, named)
    return ports if served else None


def _ports(service: Resource, named: Mapping[str, int]) -> set[int]:
    """The ports that a gateway may name: those of the service as well as those of the pods behind it."""
    found = set()
    for port in service.spec["ports"]:
        # Without a protocol it is TCP.
        if port["protocol"].value in (None, "", "TCP"):
            target = port["targetPort"]
            found |= {port["port"].number, target.number or named.get(target.text, 0)}
    return found
