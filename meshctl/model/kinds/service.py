"""Service (core) and what can be asked of one."""

from __future__ import annotations

from collections.abc import Mapping

from meshctl.model.kind import Kind
from meshctl.model.resource import Resource
from meshctl.model.selectors import SelectorIndex
from meshctl.model.snapshot import Snapshot, derived

SERVICE = Kind("", "Service")


@derived
def services_by_selector(mesh: Snapshot) -> Mapping[str, SelectorIndex[Resource]]:
    """The services of each namespace by the labels of the pods that they select; those without a selector are left out.

    Source: a Service without a selector has its endpoints written by somebody else.
    """
    found: dict[str, SelectorIndex[Resource]] = {}
    for service in mesh[SERVICE]:
        selector = service.spec["selector"].mapping
        if selector:
            found.setdefault(service.namespace, SelectorIndex()).add(selector, service)
    return found
