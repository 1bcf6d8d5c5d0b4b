"""VirtualService (networking.istio.io) and what can be asked of one."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.model.kind import Kind
from meshctl.model.resource import Field, Resource

VIRTUAL_SERVICE = Kind("networking.istio.io", "VirtualService", versions=("v1", "v1beta1", "v1alpha3"))

MESH_GATEWAY = "mesh"
"""The name in `gateways` that stands for all sidecars."""


def destinations(virtual_service: Resource) -> Iterator[Field]:
    """Every destination of a route, in source order; mirrors are none."""
    spec = virtual_service.spec
    for protocol in ("http", "tls", "tcp"):
        for rule in spec[protocol]:
            for route in rule["route"]:
                yield route["destination"]


def mirrors(virtual_service: Resource) -> Iterator[Field]:
    """Every destination that requests are mirrored to."""
    for rule in virtual_service.spec["http"]:
        if rule["mirror"].present:
            yield rule["mirror"]
        for mirror in rule["mirrors"]:
            yield mirror["destination"]


def gateways(virtual_service: Resource) -> Iterator[Field]:
    """Every reference to a gateway, those of the matches too; `mesh` is none."""
    spec = virtual_service.spec
    for gateway in spec["gateways"]:
        if gateway.value != MESH_GATEWAY:
            yield gateway
    for protocol in ("http", "tls", "tcp"):
        for rule in spec[protocol]:
            for match in rule["match"]:
                for gateway in match["gateways"]:
                    if gateway.value != MESH_GATEWAY:
                        yield gateway


def in_mesh(virtual_service: Resource) -> bool:
    """Whether sidecars use it: it names no gateway, or `mesh` is among them."""
    names = virtual_service.spec["gateways"].texts
    return not names or MESH_GATEWAY in names
