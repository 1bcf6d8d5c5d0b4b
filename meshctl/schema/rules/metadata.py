"""Annotations that mean something to Istio on its own objects."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.messages import Message
from meshctl.model.kinds.authorization_policy import AUTHORIZATION_POLICY
from meshctl.model.resource import Field, Resource
from meshctl.schema.grammars import values
from meshctl.schema.rules.reporting import invalid

DRY_RUN = "istio.io/dry-run"
ROUTE_SEMANTICS = "internal.istio.io/route-semantics"
GATEWAY_SEMANTICS = "internal.istio.io/gateway-semantics"
"""Annotations of objects that istiod derives from the Gateway API: with the value `gateway` some rules are relaxed."""

_RESERVED = (
    "internal.istio.io/webhook-always-reject",
    "internal.istio.io/parents",
    "internal.istio.io/parent-namespace",
)


def annotation_rules(resource: Resource) -> Iterator[Message]:
    """Checks the annotations of an Istio object (META1-META6)."""
    written = resource.annotations
    if not written:
        return
    field = resource.at("metadata", "annotations")
    if DRY_RUN in written:
        yield from _dry_run(field[DRY_RUN])
    for name in _RESERVED:
        if name in written:
            yield invalid(field[name], "is reserved for Istio itself", "remove it", key=True)


def _dry_run(field: Field) -> Iterator[Message]:
    resource = field.resource
    if resource.kind is not AUTHORIZATION_POLICY:
        yield invalid(field, "has a meaning on an AuthorizationPolicy only", key=True)
    elif resource.spec["action"].text not in ("", "ALLOW", "DENY"):
        yield invalid(field, "is possible with the actions ALLOW and DENY only", key=True)
    elif field.text not in values.BOOLEANS:
        yield invalid(field, f'"{field.text}" is neither true nor false')


def by_gateway_api(resource: Resource, annotation: str) -> bool:
    """Whether the object was derived from the Gateway API."""
    return resource.annotations.get(annotation) == "gateway"
