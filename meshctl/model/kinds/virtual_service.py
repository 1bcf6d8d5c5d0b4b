"""VirtualService (networking.istio.io) and what can be asked of one."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.model.kind import Kind
from meshctl.model.resource import Field, Resource, remembered

VIRTUAL_SERVICE = Kind("networking.istio.io", "VirtualService", versions=("v1", "v1beta1", "v1alpha3"))

MESH_GATEWAY = "mesh"
"""The name in `gateways` that stands for all sidecars."""

PROTOCOLS = ("http", "tls", "tcp")
"""The fields that hold rules, one for each protocol."""


@remembered
def rules(virtual_service: Resource) -> Iterator[Field]:
    """Every rule, whatever its protocol."""
    for protocol in PROTOCOLS:
        yield from virtual_service.spec[protocol]


@remembered
def destinations(virtual_service: Resource) -> Iterator[Field]:
    """Every destination of a route, in source order; mirrors are none."""
    for rule in rules(virtual_service):
        for route in rule["route"]:
            yield route["destination"]


@remembered
def mirrors(virtual_service: Resource) -> Iterator[Field]:
    """Every destination that requests are mirrored to."""
    for rule in virtual_service.spec["http"]:
        if rule["mirror"].present:
            yield rule["mirror"]
        for mirror in rule["mirrors"]:
            yield mirror["destination"]


@remembered
def gateways(virtual_service: Resource) -> Iterator[Field]:
    """Every reference to a gateway, those of the matches too; `mesh` is none."""
    for gateway in virtual_service.spec["gateways"]:
        if gateway.value != MESH_GATEWAY:
            yield gateway
    for rule in rules(virtual_service):
        for match in rule["match"]:
            for gateway in match["gateways"]:
                if gateway.value != MESH_GATEWAY:
                    yield gateway


def gateway_name(reference: Field) -> tuple[str, str]:
    """Namespace and name of the gateway that a reference means.

    A name alone is in the namespace of the virtual service; in the old spelling, `name.namespace.svc.cluster.local`,
    a dot stands before the namespace.
    """
    return _gateway_name(reference.text, reference.resource.namespace)


def _gateway_name(text: str, own_namespace: str) -> tuple[str, str]:
    namespace, slash, name = text.partition("/")
    if slash:
        return namespace, name
    name, dot, rest = text.partition(".")
    return (rest.partition(".")[0], name) if dot else (own_namespace, text)


def in_mesh(virtual_service: Resource) -> bool:
    """Whether sidecars use it: it names no gateway, or `mesh` is among them."""
    names = virtual_service.spec["gateways"].texts
    return not names or MESH_GATEWAY in names


def rules_at(virtual_service: Resource, gateway: str) -> Iterator[Field]:
    """The rules that hold at a gateway, written as in `gateways`, or for `mesh`.

    A match may name gateways of its own; a rule without any match holds everywhere.
    """

    def same(other: str) -> bool:
        namespace = virtual_service.namespace
        return other == gateway or (
            MESH_GATEWAY not in (other, gateway)
            and _gateway_name(other, namespace) == _gateway_name(gateway, namespace)
        )

    for rule in rules(virtual_service):
        matches = list(rule["match"])
        if not matches or any(not (names := match["gateways"].texts) or any(map(same, names)) for match in matches):
            yield rule
