"""Destinations whose host or port nobody defines."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import NOT_FOUND, PORT_NEEDED, Message
from meshctl.model.kinds.service import SERVICE
from meshctl.model.kinds.service_entry import SERVICE_ENTRY
from meshctl.model.kinds.virtual_service import VIRTUAL_SERVICE, destinations, mirrors
from meshctl.model.registry import Registry, registry, would_hold
from meshctl.model.resource import Field
from meshctl.model.snapshot import Snapshot
from meshctl.model.visibility import Scopes, exported_to

_NEEDS = (SERVICE, SERVICE_ENTRY)


@analyzer(
    "virtualservice.DestinationHostAnalyzer",
    inputs={VIRTUAL_SERVICE, SERVICE, SERVICE_ENTRY},
    emits={NOT_FOUND, PORT_NEEDED},
)
def destination_host(mesh: Snapshot) -> Iterator[Message]:
    """Checks that the destinations of virtual services exist and can be seen from there."""
    hosts = registry(mesh)
    for virtual_service in mesh[VIRTUAL_SERVICE]:
        scopes = exported_to(virtual_service)
        for destination in destinations(virtual_service):
            yield from _check(mesh, hosts, destination, scopes, "host")
        for mirror in mirrors(virtual_service):
            yield from _check(mesh, hosts, mirror, scopes, "mirror host")


def _check(mesh: Snapshot, hosts: Registry, destination: Field, scopes: Scopes, reftype: str) -> Iterator[Message]:
    host = destination["host"]
    found = hosts.find(host.text, host.resource.namespace, scopes)
    if found is None:
        hint = _hint(hosts, host)
        proven = would_hold(mesh, host.text, host.resource.namespace)
        yield NOT_FOUND.at(host, needs=_NEEDS, proven=proven, reftype=reftype, refval=host.text, hint=hint)
        return
    ports = found.ports
    port = destination["port"]["number"]
    if not port.present:
        if len(ports) > 1:
            yield PORT_NEEDED.at(host, related=[found.resource.spec["ports"]], host=host.text, ports=ports)
    elif port.number not in ports:
        yield NOT_FOUND.at(
            host,
            related=[port, found.resource.spec["ports"]],
            reftype="host:port",
            refval=f"{host.text}:{port.number}",
            hint=f"use one of its ports: {', '.join(map(str, ports))}" if ports else "the service has no ports",
        )


def _hint(hosts: Registry, host: Field) -> str:
    """What to write instead, where that is plain to see."""
    short, dot, namespace = host.text.partition(".")
    namespace = namespace.removesuffix(".svc")
    if dot and "." not in namespace:
        full = f"{short}.{namespace}.svc.cluster.local"
        if full in hosts:
            return f"write {full}: Istio completes names without any dot only"
    return "write the name of a service of the same namespace, or name.namespace.svc.cluster.local"
