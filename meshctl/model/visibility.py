"""Who can see a resource: `exportTo`, the annotation that stands for it on a Service, and the root namespace."""

from __future__ import annotations

from collections.abc import Iterable

from meshctl.model.resource import Resource

EXPORT_TO = "networking.istio.io/exportTo"
"""The annotation of a Service; its value is a list with commas."""

Scopes = frozenset[str] | None
"""The namespaces that see something; None for all of them."""


def scopes(items: Iterable[str], namespace: str) -> Scopes:
    """The namespaces that `exportTo` items of a resource in `namespace` stand for.

    `*` or nothing at all is every namespace, `.` the own one, and `~` none (no namespace can have that name).
    """
    found = set()
    for item in items:
        if item == "*":
            return None
        found.add(namespace if item == "." else item)
    return frozenset(found) if found else None


def exported_to(resource: Resource) -> Scopes:
    """The namespaces that see a VirtualService, DestinationRule or ServiceEntry (`spec.exportTo`)."""
    if "exportTo" not in resource.spec.mapping:
        return None
    return scopes(resource.spec["exportTo"].texts, resource.namespace)


def service_exported_to(service: Resource) -> Scopes:
    """The namespaces that see a Service (its annotation `networking.istio.io/exportTo`)."""
    value = service.annotations.get(EXPORT_TO)
    if not isinstance(value, str):
        return None
    return scopes((item.strip() for item in value.split(",") if item.strip()), service.namespace)


def sees(scope: Scopes, namespace: str) -> bool:
    """Whether a namespace is among the scopes."""
    return scope is None or namespace in scope
