"""Rules of the networks of a mesh."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.messages import Message
from meshctl.model.kinds.mesh_networks import MESH_NETWORKS
from meshctl.model.proto_names import ProtoField
from meshctl.model.resource import Field, Resource
from meshctl.schema.grammars import hosts
from meshctl.schema.rules.reporting import port, text
from meshctl.schema.validators import validator


@validator(MESH_NETWORKS)
def validate(resource: Resource) -> Iterator[Message]:
    """Checks a MeshNetworks."""
    yield from networks(resource.field["networks"])


def networks(found: Field) -> Iterator[Message]:
    """Checks networks by name, wherever they stand."""
    for network in (ProtoField.of(field) for _, field in found.items()):
        for endpoint in network["endpoints"]:
            for name, grammar in (("fromCidr", hosts.network), ("fromRegistry", hosts.label)):
                if endpoint[name].present:
                    yield from text(endpoint[name], grammar)
        for gateway in network["gateways"]:
            for name, grammar in (("registryServiceName", hosts.host), ("address", hosts.host_or_ip)):
                if gateway[name].present:
                    yield from text(gateway[name], grammar)
            yield from port(gateway["port"])
