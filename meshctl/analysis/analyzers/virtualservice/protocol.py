"""Rules for a protocol that no server of their gateways speaks."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import PROTOCOL_MISMATCH, Message
from meshctl.model.kinds.gateway import GATEWAY, served_hosts
from meshctl.model.kinds.service import SERVICE
from meshctl.model.kinds.virtual_service import PROTOCOLS, VIRTUAL_SERVICE, gateway_name, in_mesh
from meshctl.model.registry import gateway_hosts
from meshctl.model.resource import Resource
from meshctl.model.snapshot import Snapshot


@analyzer("virtualservice.RouteProtocolAnalyzer", inputs={VIRTUAL_SERVICE, GATEWAY, SERVICE}, emits={PROTOCOL_MISMATCH})
def protocol(mesh: Snapshot) -> Iterator[Message]:
    """Checks that rules for HTTP, TLS and TCP are bound to gateways with servers that apply them."""
    for virtual_service in mesh[VIRTUAL_SERVICE]:
        if in_mesh(virtual_service):
            continue
        gateways = [
            mesh.find(GATEWAY, *gateway_name(reference))
            for reference in virtual_service.spec["gateways"]
            if reference.text
        ]
        known = [gateway for gateway in gateways if gateway is not None]
        names = [name for host in virtual_service.spec["hosts"] for name in gateway_hosts(mesh, host)]
        serving = [gateway for gateway in known if _serves(mesh, gateway, names, virtual_service)]
        if not serving or len(known) < len(gateways):
            continue  # another analyzer says so
        for rules in PROTOCOLS:
            written = virtual_service.spec[rules]
            if written and not any(_serves(mesh, gateway, names, virtual_service, rules) for gateway in serving):
                yield PROTOCOL_MISMATCH.at(
                    written,
                    key=True,
                    related=[gateway.spec["servers"] for gateway in serving],
                    routes=rules,
                    gateway=[gateway.full_name for gateway in serving],
                )


def _serves(mesh: Snapshot, gateway: Resource, names: list[str], virtual_service: Resource, rules: str = "") -> bool:
    return served_hosts(mesh)[gateway].serves(names, virtual_service.namespace, rules)
