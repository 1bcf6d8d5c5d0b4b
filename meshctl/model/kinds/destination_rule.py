"""DestinationRule (networking.istio.io) and what can be asked of one."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.model.hosts import HostMap, fqdn
from meshctl.model.kind import Kind
from meshctl.model.resource import Field, Resource
from meshctl.model.snapshot import Snapshot, derived

DESTINATION_RULE = Kind("networking.istio.io", "DestinationRule", versions=("v1", "v1beta1", "v1alpha3"))


def policies(rule: Resource) -> Iterator[Field]:
    """The traffic policy of the host and those of its subsets; each may have settings for single ports."""
    yield rule.spec["trafficPolicy"]
    for subset in rule.spec["subsets"]:
        yield subset["trafficPolicy"]


def subset_names(rule: Resource) -> frozenset[str]:
    """The names of its subsets."""
    return frozenset(subset["name"].text for subset in rule.spec["subsets"])


@derived
def rules_by_host(mesh: Snapshot) -> HostMap[tuple[Resource, frozenset[str]]]:
    """Every destination rule with the names of its subsets, by the host that it is for."""
    found: HostMap[tuple[Resource, frozenset[str]]] = HostMap()
    for rule in mesh[DESTINATION_RULE]:
        found.add(fqdn(rule.spec["host"].text, rule.namespace), (rule, subset_names(rule)))
    return found
