"""Hosts of virtual services inside the wildcard of another one."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import HOST_OVERLAP, Message
from meshctl.model.hosts import HostMap, fqdn
from meshctl.model.kinds.virtual_service import VIRTUAL_SERVICE, in_mesh
from meshctl.model.resource import Field, Resource
from meshctl.model.snapshot import Snapshot
from meshctl.model.visibility import exported_to, sees

_SHOWN = 3


@analyzer("virtualservice.OverlappingHostsAnalyzer", inputs={VIRTUAL_SERVICE}, emits={HOST_OVERLAP})
def overlapping_hosts(mesh: Snapshot) -> Iterator[Message]:
    """Checks for hosts of the mesh that lie inside the wildcard of another virtual service."""
    wildcards: dict[str, list[Field]] = {}
    hosts: list[Field] = []
    for virtual_service in mesh[VIRTUAL_SERVICE]:
        if in_mesh(virtual_service):
            for host in virtual_service.spec["hosts"]:
                hosts.append(host)
                if host.text.startswith("*") and host.text != "*":  # that one is meant for all the rest
                    wildcards.setdefault(host.text, []).append(host)
    texts: HostMap[str] = HostMap()
    for text in wildcards:
        texts.add(text, text)
    for host in hosts:
        virtual_service = host.resource
        others: dict[Resource, Field] = {}
        for text in texts.matching(fqdn(host.text, virtual_service.namespace)):
            if text == host.text:
                continue
            for wider in wildcards[text]:
                if len(others) == _SHOWN:
                    break
                if not wider.resource.same_object(virtual_service) and sees(
                    exported_to(wider.resource), virtual_service.namespace
                ):
                    others.setdefault(wider.resource, wider)
        if others:
            yield HOST_OVERLAP.at(
                host, related=others.values(), host=host.text, others=[other.full_name for other in others]
            )
