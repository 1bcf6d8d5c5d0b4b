"""Subsets that requests from outside pass by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import SUBSET_IGNORED_AT_INGRESS, Message
from meshctl.model.hosts import fqdn
from meshctl.model.kinds.virtual_service import MESH_GATEWAY, VIRTUAL_SERVICE, in_mesh, rules_at
from meshctl.model.resource import Field, Resource
from meshctl.model.snapshot import Snapshot, derived

_SHOWN = 3


@derived
def _subset_routes(mesh: Snapshot) -> Mapping[tuple[str, str], Mapping[Resource, Field]]:
    """The virtual services for sidecars that split one of their own hosts into subsets, by this host.

    A host is the text together with the full name: who writes the full name in one place and a short one in the other
    is taken to treat requests from outside on purpose in another way.
    """
    found: dict[tuple[str, str], dict[Resource, Field]] = {}
    for virtual_service in mesh[VIRTUAL_SERVICE]:
        if not in_mesh(virtual_service):
            continue
        own = set(virtual_service.spec["hosts"].texts)
        for rule in virtual_service.spec["http"]:
            for route in rule["route"]:
                subset, host = route["destination"]["subset"], route["destination"]["host"].text
                if subset.text and host in own:
                    key = (host, fqdn(host, virtual_service.namespace))
                    found.setdefault(key, {}).setdefault(virtual_service, subset)
    return found


@analyzer("virtualservice.SubsetsAtIngressAnalyzer", inputs={VIRTUAL_SERVICE}, emits={SUBSET_IGNORED_AT_INGRESS})
def subsets_at_ingress(mesh: Snapshot) -> Iterator[Message]:
    """Checks for routes of gateways to hosts that other virtual services split into subsets for sidecars only."""
    routes = _subset_routes(mesh)
    for virtual_service in mesh[VIRTUAL_SERVICE]:
        names = [name for name in virtual_service.spec["gateways"].texts if name != MESH_GATEWAY]
        seen = set()
        for rule in (rule for name in names for rule in rules_at(virtual_service, name)):
            for route in rule["route"]:
                host = route["destination"]["host"]
                if route["destination"]["subset"].text or host.path in seen or rule.parent.key != "http":
                    continue
                seen.add(host.path)
                owners = routes.get((host.text, fqdn(host.text, virtual_service.namespace)), {})
                for owner in islice((owner for owner in owners if not owner.same_object(virtual_service)), _SHOWN):
                    yield SUBSET_IGNORED_AT_INGRESS.at(
                        host,
                        related=[owners[owner]],
                        subset_owner=owner.full_name,
                        virtual_service=virtual_service.full_name,
                        host=host.text,
                    )
