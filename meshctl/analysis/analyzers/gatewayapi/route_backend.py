"""Backends of routes that do not exist, or that the route may not refer to."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import BACKEND_NOT_FOUND, REFERENCE_NOT_GRANTED, Message
from meshctl.model.gateway_api import BACKEND_KINDS, HOSTNAME, ROUTE_KINDS, Reference, backends, granted
from meshctl.model.kind import Kind
from meshctl.model.kinds.reference_grant import REFERENCE_GRANT
from meshctl.model.kinds.service import SERVICE
from meshctl.model.kinds.service_entry import SERVICE_ENTRY
from meshctl.model.registry import ports_of, registry
from meshctl.model.resource import Resource
from meshctl.model.snapshot import Snapshot


@analyzer(
    "gatewayapi.RouteBackendAnalyzer",
    inputs={*ROUTE_KINDS, *BACKEND_KINDS, REFERENCE_GRANT},
    emits={BACKEND_NOT_FOUND, REFERENCE_NOT_GRANTED},
)
def route_backend(mesh: Snapshot) -> Iterator[Message]:
    """Checks that the backends of routes exist, and that routes may refer to those of other namespaces."""
    for kind in ROUTE_KINDS:
        for route in mesh[kind]:
            for backend in backends(route):
                if backend.name:
                    yield from _check(mesh, backend)


def _check(mesh: Snapshot, backend: Reference) -> Iterator[Message]:
    found: Resource | None
    needs: tuple[Kind, ...]
    if (backend.group, backend.kind_name) == (SERVICE_ENTRY.group, HOSTNAME):
        host = registry(mesh).find(backend.name, backend.field.resource.namespace)
        found = host.resource if host else None
        name, needs = backend.name, (SERVICE, SERVICE_ENTRY)
    elif backend.kind in BACKEND_KINDS:
        found = mesh.find(backend.kind, backend.namespace, backend.name)
        name, needs = backend.full_name, (backend.kind,)
        if backend.crosses and not granted(mesh, backend):
            yield REFERENCE_NOT_GRANTED.at(
                backend.field["namespace"],
                needs=(REFERENCE_GRANT,),
                kind=backend.kind_name,
                name=name,
                namespace=backend.namespace,
                origin=backend.field.resource.kind.name,
                origin_namespace=backend.field.resource.namespace,
            )
    else:
        return  # of an extension that we do not know
    if found is None:
        yield BACKEND_NOT_FOUND.at(
            backend.field["name"], needs=needs, what=f"{backend.kind_name} {name}", hint=_hint(backend)
        )
        return
    port = backend.field["port"]
    if port.present and found.kind in (SERVICE, SERVICE_ENTRY) and port.number not in ports_of(found):
        yield BACKEND_NOT_FOUND.at(
            port,
            related=[found.spec["ports"]],
            what=f"port {port.number} of {backend.kind_name} {name}",
            hint=f"use one of its ports: {', '.join(map(str, ports_of(found)))}",
        )


def _hint(backend: Reference) -> str:
    if backend.kind is SERVICE and "." in backend.name:
        return "write the name of the service alone, and its namespace in the field namespace"
    return "correct the name, or set namespace for one of another namespace"
