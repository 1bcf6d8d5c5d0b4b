"""Resources whose status says that something is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import NEGATIVE_CONDITION, Message
from meshctl.model.kind import Kind
from meshctl.model.kinds.authorization_policy import AUTHORIZATION_POLICY
from meshctl.model.kinds.grpc_route import GRPC_ROUTE
from meshctl.model.kinds.http_route import HTTP_ROUTE
from meshctl.model.kinds.kubernetes_gateway import KUBERNETES_GATEWAY
from meshctl.model.kinds.service import SERVICE
from meshctl.model.kinds.service_entry import SERVICE_ENTRY
from meshctl.model.kinds.tcp_route import TCP_ROUTE
from meshctl.model.kinds.tls_route import TLS_ROUTE
from meshctl.model.kinds.workload_entry import WORKLOAD_ENTRY
from meshctl.model.resource import Field
from meshctl.model.snapshot import Snapshot

_WAYPOINT = frozenset({"istio.io/WaypointBound"})
_POLICY = frozenset({"ZtunnelAccepted", "WaypointAccepted"})
_GATEWAY = frozenset({"Accepted", "Programmed", "ResolvedRefs"})

_MUST_BE_TRUE: Mapping[Kind, frozenset[str]] = {
    SERVICE: _WAYPOINT,
    SERVICE_ENTRY: _WAYPOINT,
    WORKLOAD_ENTRY: _WAYPOINT,
    AUTHORIZATION_POLICY: _POLICY,
    KUBERNETES_GATEWAY: _GATEWAY,
    HTTP_ROUTE: _GATEWAY,
    GRPC_ROUTE: _GATEWAY,
    TLS_ROUTE: _GATEWAY,
    TCP_ROUTE: _GATEWAY,
}
"""The conditions of each kind that mean trouble when they are False."""

_MUST_BE_FALSE = frozenset({"Conflicted", "OverlappingTLSConfig"})
"""Conditions of a listener that mean trouble when they are True."""


@analyzer("conditions.ConditionAnalyzer", inputs=_MUST_BE_TRUE, emits={NEGATIVE_CONDITION})
def condition(mesh: Snapshot) -> Iterator[Message]:
    """Checks the conditions that controllers report in the status of gateways, routes, policies and services."""
    for kind, types in _MUST_BE_TRUE.items():
        for resource in mesh[kind]:
            status = resource.field["status"]
            if not status:
                continue
            for found in status["conditions"]:
                yield from _check(found, types, "")
            for parent in status["parents"]:
                for found in parent["conditions"]:
                    yield from _check(found, types, "")
            for listener in status["listeners"]:
                for found in listener["conditions"]:
                    yield from _check(found, types, f" of listener {listener['name'].text}", _MUST_BE_FALSE)


def _check(found: Field, types: frozenset[str], of: str, negative: frozenset[str] = frozenset()) -> Iterator[Message]:
    type_, status, reason = found["type"].text, found["status"].text, found["reason"].text
    if (
        (type_ in types and status == "False")
        or (type_ in negative and status == "True")
        or (type_ == "WaypointAccepted" and type_ in types and reason == "PartiallyInvalid")
    ):
        yield NEGATIVE_CONDITION.at(
            found["status"],
            condition=type_ + of,
            status=status,
            reason=reason or "no reason given",
            message=found["message"].text,
        )
