"""Destinations whose host nobody defines."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import NOT_FOUND, Message
from meshctl.model.kinds.service import SERVICE
from meshctl.model.kinds.service_entry import SERVICE_ENTRY
from meshctl.model.kinds.virtual_service import VIRTUAL_SERVICE, destinations, mirrors
from meshctl.model.registry import Registry, registry
from meshctl.model.resource import Field
from meshctl.model.snapshot import Snapshot
from meshctl.model.visibility import Scopes, exported_to

_NEEDS = (SERVICE, SERVICE_ENTRY)


@analyzer("virtualservice.DestinationHostAnalyzer", inputs={VIRTUAL_SERVICE, SERVICE, SERVICE_ENTRY}, emits={NOT_FOUND})
def destination_host(mesh: Snapshot) -> Iterator[Message]:
    """Checks that the destinations of virtual services exist and can be seen from there."""
    hosts = registry(mesh)
    for virtual_service in mesh[VIRTUAL_SERVICE]:
        scopes = exported_to(virtual_service)
        for destination in destinations(virtual_service):
            yield from _check(hosts, destination, scopes, "host")
        for mirror in mirrors(virtual_service):
            yield from _check(hosts, mirror, scopes, "mirror host")


def _check(hosts: Registry, destination: Field, scopes: Scopes, reftype: str) -> Iterator[Message]:
    host = destination["host"]
    found = hosts.find(host.text, host.resource.namespace, scopes)
    if found is None:
        yield NOT_FOUND.at(host, needs=_NEEDS, reftype=reftype, refval=host.text)
        return
    port = destination["port"]["number"]
    if port.present and port.number not in found.ports:
        refval = f"{host.text}:{port.number}"
        yield NOT_FOUND.at(port, related=[found.resource.spec["ports"]], reftype="host:port", refval=refval)
