"""Parents of routes that do not exist, or do not take the route."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import ROUTE_WITHOUT_LISTENER, ROUTE_WITHOUT_PARENT, Message
from meshctl.model.gateway_api import GROUP, PARENT_KINDS, ROUTE_KINDS, Reference, parents
from meshctl.model.hosts import overlaps
from meshctl.model.kinds.grpc_route import GRPC_ROUTE
from meshctl.model.kinds.http_route import HTTP_ROUTE
from meshctl.model.kinds.kubernetes_gateway import KUBERNETES_GATEWAY
from meshctl.model.kinds.listener_set import LISTENER_SET
from meshctl.model.kinds.namespace import NAMESPACE
from meshctl.model.kinds.tcp_route import TCP_ROUTE
from meshctl.model.kinds.tls_route import TLS_ROUTE
from meshctl.model.kinds.udp_route import UDP_ROUTE
from meshctl.model.membership import namespace_labels
from meshctl.model.resource import Field, Resource
from meshctl.model.selectors import matches_label_selector
from meshctl.model.snapshot import Snapshot

_TAKES = {
    "HTTP": (HTTP_ROUTE, GRPC_ROUTE),
    "HTTPS": (HTTP_ROUTE, GRPC_ROUTE),
    "TLS": (TLS_ROUTE, TCP_ROUTE),
    "TCP": (TCP_ROUTE,),
    "UDP": (UDP_ROUTE,),
}
"""The kinds of routes that listeners of a protocol take."""


@analyzer(
    "gatewayapi.RouteParentAnalyzer",
    inputs={*ROUTE_KINDS, *PARENT_KINDS, NAMESPACE},
    emits={ROUTE_WITHOUT_PARENT, ROUTE_WITHOUT_LISTENER},
)
def route_parent(mesh: Snapshot) -> Iterator[Message]:
    """Checks that routes attach to parents that exist and that take them."""
    for kind in ROUTE_KINDS:
        for route in mesh[kind]:
            for parent in parents(route):
                if parent.kind not in PARENT_KINDS or not parent.name:
                    continue
                found = mesh.find(parent.kind, parent.namespace, parent.name)
                if found is None:
                    yield ROUTE_WITHOUT_PARENT.at(
                        parent.field["name"], needs=(parent.kind,), kind=parent.kind.name, name=parent.full_name
                    )
                elif parent.kind in (KUBERNETES_GATEWAY, LISTENER_SET):
                    yield from _check(mesh, route, parent, found)


def _check(mesh: Snapshot, route: Resource, parent: Reference, gateway: Resource) -> Iterator[Message]:
    section, port = parent.field["sectionName"], parent.field["port"]
    listeners = list(gateway.spec["listeners"])
    place = parent.field["name"]
    reasons: dict[str, None] = {}
    if section.text:
        place = section
        listeners = [listener for listener in listeners if listener["name"].text == section.text]
        if not listeners:
            reasons[f'none has the name "{section.text}"'] = None
    if port.present and listeners:
        listeners = [listener for listener in listeners if listener["port"].number == port.number]
        if not listeners:
            place = port
            reasons[f"none has the port {port.number}"] = None
    for listener in listeners:
        reason = _refusal(mesh, route, listener)
        if not reason:
            return
        reasons[reason] = None
    if reasons:
        yield ROUTE_WITHOUT_LISTENER.at(
            place,
            related=[gateway.spec["listeners"]],
            gateway=gateway.full_name,
            reason="; ".join(list(reasons)[:3]),
        )


def _refusal(mesh: Snapshot, route: Resource, listener: Field) -> str:
    """Why a listener does not take a route; empty if it does."""
    name, protocol = listener["name"].text, listener["protocol"].text
    kinds = _TAKES.get(protocol)
    allowed = listener["allowedRoutes"]
    if kinds is not None and route.kind not in kinds:
        return f"{name} speaks {protocol}"
    listed = [(kind["group"].text if kind["group"].present else GROUP, kind["kind"].text) for kind in allowed["kinds"]]
    if listed and (route.kind.group, route.kind.name) not in listed:
        return f"{name} allows {', '.join(kind for _, kind in listed)} only"
    if not _admits(mesh, route, listener):
        return f"{name} takes no routes of namespace {route.namespace}"
    host = listener["hostname"].text.lower()
    hosts = route.spec["hostnames"].texts
    if host and hosts and not any(overlaps(host, other.lower()) for other in hosts):
        return f"{name} is for the host {host}"
    return ""


def _admits(mesh: Snapshot, route: Resource, listener: Field) -> bool:
    namespaces = listener["allowedRoutes"]["namespaces"]
    origin = namespaces["from"].text or "Same"
    if origin == "Same":
        return route.namespace == listener.resource.namespace
    if origin == "Selector":
        if not mesh.strict and mesh.find(NAMESPACE, "", route.namespace) is None:
            return True  # its labels are not known
        labels = {"kubernetes.io/metadata.name": route.namespace, **namespace_labels(mesh, route.namespace)}
        return matches_label_selector(namespaces["selector"].value, labels)
    return origin != "None"
