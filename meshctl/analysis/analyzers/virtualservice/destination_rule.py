"""Subsets that no destination rule defines."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import NOT_FOUND, Message
from meshctl.model.hosts import fqdn
from meshctl.model.kinds.destination_rule import DESTINATION_RULE, rules_by_host
from meshctl.model.kinds.virtual_service import VIRTUAL_SERVICE, destinations, mirrors
from meshctl.model.resource import Field
from meshctl.model.snapshot import Snapshot
from meshctl.model.visibility import Scopes, exported_to, sees


@analyzer("virtualservice.DestinationRuleAnalyzer", inputs={VIRTUAL_SERVICE, DESTINATION_RULE}, emits={NOT_FOUND})
def destination_rule(mesh: Snapshot) -> Iterator[Message]:
    """Checks that the subsets which virtual services route to are defined by a destination rule."""
    rules = rules_by_host(mesh)

    def check(destination: Field, reftype: str, users: Scopes) -> Iterator[Message]:
        subset = destination["subset"]
        if not subset.text:
            return
        host = destination["host"]
        namespace = host.resource.namespace
        related, hidden = [subset], False
        for rule, subsets in rules.matching(fqdn(host.text, namespace)):
            if subset.text in subsets:
                scopes = exported_to(rule)
                if sees(scopes, namespace) or (users and scopes and not users.isdisjoint(scopes)):
                    return
                hidden = True
            related.append(rule.spec["subsets"])
        yield NOT_FOUND.at(
            host,
            related=related,
            needs=(DESTINATION_RULE,),
            reftype=reftype,
            refval=f"{host.text}+{subset.text}",
            hint=(
                f"export the destination rule that defines it to namespace {namespace}"
                if hidden
                else f"define the subset in a destination rule for {host.text}"
            ),
        )

    for virtual_service in mesh[VIRTUAL_SERVICE]:
        users = exported_to(virtual_service)
        for destination in destinations(virtual_service):
            yield from check(destination, "host+subset in destinationrule", users)
        for mirror in mirrors(virtual_service):
            yield from check(mirror, "mirror+subset in destinationrule", users)
