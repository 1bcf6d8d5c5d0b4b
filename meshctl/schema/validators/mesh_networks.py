"""Rules of the networks of a mesh."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.messages import Message
from meshctl.model.kinds.mesh_networks import MESH_NETWORKS
from meshctl.model.proto_names import ProtoField
from meshctl.model.resource import Field, Resource
from meshctl.schema.name_grammars import is_fqdn, is_ip, is_ip_or_cidr, is_label, is_port
from meshctl.schema.traffic_rules import wrong
from meshctl.schema.validators import validator


@validator(MESH_NETWORKS)
def validate(resource: Resource) -> Iterator[Message]:
    """Checks a MeshNetworks."""
    yield from networks(resource.field["networks"])


def networks(found: Field) -> Iterator[Message]:
    """Checks networks by name, wherever they stand."""
    for network in (ProtoField.of(field) for _, field in found.items()):
        for endpoint in network["endpoints"]:
            cidr, registry = endpoint["fromCidr"], endpoint["fromRegistry"]
            if cidr.present and not is_ip_or_cidr(cidr.text):
                yield wrong(cidr, f"must be an address or a range such as 10.0.0.0/8, not {cidr.text!r}")
            if registry.present and not is_label(registry.text):
                yield wrong(registry, f"must be the name of a cluster, a DNS label, not {registry.text!r}")
        for gateway in network["gateways"]:
            service, address = gateway["registryServiceName"], gateway["address"]
            port = gateway["port"]
            if service.present and not is_fqdn(service.text):
                yield wrong(service, f"must be the full name of a service, not {service.text!r}")
            if address.present and not (is_ip(address.text) or is_fqdn(address.text)):
                yield wrong(address, f"must be an address or a host name, not {address.text!r}")
            if not is_port(port.number):
                yield wrong(port, f"must be a port from 1 to 65535, not {port.value}" if port.present else "is missing")
