"""Several virtual services that match the same requests at a gateway."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import HOST_CONFLICT, Message
from meshctl.model.hosts import fqdn
from meshctl.model.kinds.virtual_service import MESH_GATEWAY, VIRTUAL_SERVICE, gateway_name, rules_at
from meshctl.model.resource import Field, Resource
from meshctl.model.snapshot import Snapshot

_SHOWN = 5
_EVERYTHING = ("{}", '{"uri": {"prefix": "/"}}')
_WITHOUT_EFFECT = ("gateways", "name")


@analyzer("virtualservice.ConflictingGatewayHostsAnalyzer", inputs={VIRTUAL_SERVICE}, emits={HOST_CONFLICT})
def conflicting_gateway_hosts(mesh: Snapshot) -> Iterator[Message]:
    """Checks that no two virtual services match the same requests at a gateway.

    A gateway merges the virtual services of a host, and puts the routes for everything behind those with a match: only
    equal matches are in each other's way.
    """
    claims: dict[tuple[str, ...], dict[Resource, Field]] = {}
    for virtual_service in mesh[VIRTUAL_SERVICE]:
        for key, host in _claims(virtual_service):
            claims.setdefault(key, {}).setdefault(virtual_service, host)
    said: set[tuple[Resource, str]] = set()
    for key, owners in claims.items():
        if len({owner.full_name for owner in owners}) < 2:
            continue
        first = list(islice(owners, _SHOWN + 2))
        for virtual_service, host in owners.items():
            if (virtual_service, host.text) not in said:
                said.add((virtual_service, host.text))
                others = [other for other in first if not other.same_object(virtual_service)]
                names = [other.full_name for other in others]
                yield HOST_CONFLICT.at(
                    host,
                    related=[owners[other] for other in others],
                    host=host.text,
                    gateway=key[0],
                    others=names if len(names) <= _SHOWN else [*names[:_SHOWN], "others"],
                )


def _claims(virtual_service: Resource) -> Iterator[tuple[tuple[str, ...], Field]]:
    for reference in virtual_service.spec["gateways"]:
        if not reference.text or reference.text == MESH_GATEWAY:
            continue
        gateway = "/".join(gateway_name(reference))
        requests = {
            (str(rule.parent.key), match)
            for rule in rules_at(virtual_service, reference.text)
            for match in _matches(rule)
        }
        for host in virtual_service.spec["hosts"]:
            for protocol, match in sorted(requests) if host.text else ():
                yield (gateway, fqdn(host.text, virtual_service.namespace).lower(), protocol, match), host


def _matches(rule: Field) -> Iterator[str]:
    """What the rule matches, as texts that are equal for equal matches; the empty one is for everything."""
    if not rule["match"]:
        yield ""
    for match in rule["match"]:
        wanted = {key: value for key, value in match.mapping.items() if key not in _WITHOUT_EFFECT}
        text = json.dumps(wanted, sort_keys=True, default=str)
        yield "" if text in _EVERYTHING else text
