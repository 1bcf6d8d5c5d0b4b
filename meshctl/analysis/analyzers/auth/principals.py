"""Principals that no certificate can have."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import SPIFFE_PREFIX, Message
from meshctl.model.kinds.authorization_policy import AUTHORIZATION_POLICY
from meshctl.model.resource import Field, Resource
from meshctl.model.snapshot import Snapshot

SCHEME = "spiffe://"


@analyzer("auth.PrincipalAnalyzer", inputs={AUTHORIZATION_POLICY}, emits={SPIFFE_PREFIX})
def principals(mesh: Snapshot) -> Iterator[Message]:
    """Checks that principals in rules are written without the scheme of their SPIFFE name."""
    for policy in mesh[AUTHORIZATION_POLICY]:
        for principal in _principals(policy):
            if principal.text.startswith(SCHEME):
                meant = principal.text.removeprefix(SCHEME)
                yield SPIFFE_PREFIX.at(principal, principal=principal.text, meant=meant)


def _principals(policy: Resource) -> Iterator[Field]:
    for rule in policy.spec["rules"]:
        for origin in rule["from"]:
            yield from origin["source"]["principals"]
            yield from origin["source"]["notPrincipals"]
        for condition in rule["when"]:
            if condition["key"].value == "source.principal":
                yield from condition["values"]
                yield from condition["notValues"]
