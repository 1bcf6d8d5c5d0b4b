"""Routes of the Gateway API: what they attach to, where they lead, and who may refer to what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from meshctl.model.kind import Kind, kind_of
from meshctl.model.kinds.grpc_route import GRPC_ROUTE
from meshctl.model.kinds.http_route import HTTP_ROUTE
from meshctl.model.kinds.kubernetes_gateway import KUBERNETES_GATEWAY
from meshctl.model.kinds.listener_set import LISTENER_SET
from meshctl.model.kinds.reference_grant import REFERENCE_GRANT
from meshctl.model.kinds.service import SERVICE
from meshctl.model.kinds.service_entry import SERVICE_ENTRY
from meshctl.model.kinds.tcp_route import TCP_ROUTE
from meshctl.model.kinds.tls_route import TLS_ROUTE
from meshctl.model.kinds.udp_route import UDP_ROUTE
from meshctl.model.kinds.x_backend import X_BACKEND
from meshctl.model.resource import Field, Resource
from meshctl.model.snapshot import Snapshot, derived

GROUP = "gateway.networking.k8s.io"

ROUTE_KINDS: tuple[Kind, ...] = (HTTP_ROUTE, GRPC_ROUTE, TLS_ROUTE, TCP_ROUTE, UDP_ROUTE)

PARENT_KINDS: tuple[Kind, ...] = (KUBERNETES_GATEWAY, LISTENER_SET, SERVICE, SERVICE_ENTRY)
"""What Istio attaches routes to."""

BACKEND_KINDS: tuple[Kind, ...] = (SERVICE, SERVICE_ENTRY, X_BACKEND)
"""What Istio sends requests to, apart from hosts (`kind: Hostname`)."""

HOSTNAME = "Hostname"
"""A kind that stands for a host of the registry and not for a resource."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a field refers to, with the defaults filled in; `kind` is None for a kind that meshctl does not know."""

    field: Field
    group: str
    kind_name: str
    namespace: str
    name: str

    @property
    def kind(self) -> Kind | None:
        """The kind of the resource."""
        return kind_of(self.group, self.kind_name)

    @property
    def full_name(self) -> str:
        """`namespace/name`."""
        return f"{self.namespace}/{self.name}"

    @property
    def crosses(self) -> bool:
        """Whether it leads out of the namespace in which it stands."""
        return self.namespace != self.field.resource.namespace


def reference(field: Field, group: str, kind: str) -> Reference:
    """Reads a reference; `group` and `kind` are its defaults."""
    written = field["group"]
    return Reference(
        field,
        # An empty group is the core group, which is not the same as none.
        ("" if written.text == "core" else written.text) if written.present else group,
        field["kind"].text or kind,
        field["namespace"].text or field.resource.namespace,
        field["name"].text,
    )


def parents(route: Resource) -> Iterator[Reference]:
    """What a route attaches to."""
    for field in route.spec["parentRefs"]:
        yield reference(field, GROUP, KUBERNETES_GATEWAY.name)


def backends(route: Resource) -> Iterator[Reference]:
    """Where a route sends requests, copies for mirrors included."""
    for rule in route.spec["rules"]:
        for field in (*rule["backendRefs"], *_mirrors(rule)):
            yield reference(field, "", SERVICE.name)


def _mirrors(rule: Field) -> Iterator[Field]:
    for holder in (rule, *rule["backendRefs"]):
        for written in holder["filters"]:
            if written["requestMirror"]["backendRef"].present:
                yield written["requestMirror"]["backendRef"]


@derived
def _grants(mesh: Snapshot) -> frozenset[tuple[str, ...]]:
    return frozenset(
        (
            origin["group"].text,
            origin["kind"].text,
            origin["namespace"].text,
            target["group"].text,
            target["kind"].text,
            grant.namespace,
            target["name"].text,
        )
        for grant in mesh[REFERENCE_GRANT]
        for origin in grant.spec["from"]
        for target in grant.spec["to"]
    )


def granted(mesh: Snapshot, found: Reference) -> bool:
    """Whether a ReferenceGrant in the namespace of the target allows a reference from another namespace."""
    origin = found.field.resource
    way = (origin.kind.group, origin.kind.name, origin.namespace, found.group, found.kind_name, found.namespace)
    return (*way, found.name) in _grants(mesh) or (*way, "") in _grants(mesh)
