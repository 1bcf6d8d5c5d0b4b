"""Several virtual services for one host of the mesh."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import MESH_HOST_CONFLICT, Message
from meshctl.model.hosts import fqdn
from meshctl.model.kinds.virtual_service import MESH_GATEWAY, VIRTUAL_SERVICE, in_mesh, rules_at
from meshctl.model.resource import Field, Resource
from meshctl.model.snapshot import Snapshot
from meshctl.model.visibility import exported_to

_ALL = "*"
_SHOWN = 5


@analyzer("virtualservice.ConflictingMeshGatewayHostsAnalyzer", inputs={VIRTUAL_SERVICE}, emits={MESH_HOST_CONFLICT})
def conflicting_mesh_gateway_hosts(mesh: Snapshot) -> Iterator[Message]:
    """Checks that no two virtual services define the routes of one host for sidecars of the same namespace."""
    claims: dict[str, dict[str, dict[Resource, Field]]] = {}
    for virtual_service in mesh[VIRTUAL_SERVICE]:
        if not in_mesh(virtual_service) or next(rules_at(virtual_service, MESH_GATEWAY), None) is None:
            continue
        scopes = exported_to(virtual_service)
        for host in virtual_service.spec["hosts"]:
            if not host.text:
                continue
            places = claims.setdefault(fqdn(host.text, virtual_service.namespace), {})
            for scope in (_ALL,) if scopes is None else sorted(scopes):
                places.setdefault(scope, {}).setdefault(virtual_service, host)
    said: set[Resource] = set()
    for name, places in claims.items():
        for scope, own in places.items():
            together = places.get(_ALL, {}) | own
            names = sorted({found.full_name for found in together})
            if len(names) < 2:
                continue
            if len(names) > _SHOWN:
                names[_SHOWN:] = ["others"]
            related = list(together.values())[: _SHOWN + 1]
            for virtual_service in together:
                if virtual_service not in said:
                    said.add(virtual_service)
                    yield MESH_HOST_CONFLICT.on(
                        virtual_service,
                        related=related,
                        host=name if scope == _ALL else f"{name} in namespace {scope}",
                        virtual_services=names,
                    )
