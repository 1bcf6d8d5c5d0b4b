"""Gateways that do not exist, or that serve none of the hosts."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import HOST_NOT_IN_GATEWAY, NOT_FOUND, Message
from meshctl.model.hosts import overlaps
from meshctl.model.kinds.gateway import GATEWAY, server_hosts
from meshctl.model.kinds.virtual_service import VIRTUAL_SERVICE, gateways
from meshctl.model.resource import Resource
from meshctl.model.snapshot import Snapshot


@analyzer("virtualservice.GatewayAnalyzer", inputs={VIRTUAL_SERVICE, GATEWAY}, emits={NOT_FOUND, HOST_NOT_IN_GATEWAY})
def gateway(mesh: Snapshot) -> Iterator[Message]:
    """Checks the gateways that virtual services are bound to."""
    for virtual_service in mesh[VIRTUAL_SERVICE]:
        for reference in gateways(virtual_service):
            namespace, slash, name = reference.text.partition("/")
            if not slash:
                namespace, name = virtual_service.namespace, reference.text
            found = mesh.find(GATEWAY, namespace, name)
            if found is None:
                yield NOT_FOUND.at(reference, needs=(GATEWAY,), reftype="gateway", refval=reference.text)
            elif not _serves(found, virtual_service):
                hosts = virtual_service.spec["hosts"].texts
                yield HOST_NOT_IN_GATEWAY.at(
                    reference, related=[found.spec["servers"]], host=hosts, gateway=found.full_name
                )


def _serves(gateway: Resource, virtual_service: Resource) -> bool:
    hosts = virtual_service.spec["hosts"].texts
    return any(
        namespace in ("*", virtual_service.namespace)
        and (served == "*" or any(overlaps(served, host) for host in hosts))
        for namespace, served, _ in server_hosts(gateway)
    )
