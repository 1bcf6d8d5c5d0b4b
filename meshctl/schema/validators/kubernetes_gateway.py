"""Gateway of the Gateway API: what its CRD says in a way that is not JSON Schema for us."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.messages import Message
from meshctl.model.kinds.kubernetes_gateway import KUBERNETES_GATEWAY
from meshctl.model.resource import Resource
from meshctl.schema.grammars import hosts
from meshctl.schema.rules.reporting import invalid, shown
from meshctl.schema.validators import validator


@validator(KUBERNETES_GATEWAY)
def kubernetes_gateway(resource: Resource) -> Iterator[Message]:
    """Checks that an address is an IP address unless its type is another one."""
    for address in resource.spec["addresses"]:
        value = address["value"]
        if value.present and address["type"].value in (None, "IPAddress") and hosts.ip(value.text):
            yield invalid(value, f"{shown(value.text)} is no IP address", "write type: Hostname for the name of a host")
