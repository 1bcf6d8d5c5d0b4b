"""Control planes that may fetch keys from anywhere."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import JWKS_UNRESTRICTED, Message
from meshctl.model.kinds.deployment import DEPLOYMENT
from meshctl.model.kinds.request_authentication import REQUEST_AUTHENTICATION
from meshctl.model.resource import Resource
from meshctl.model.snapshot import Snapshot

BLOCKED = "BLOCKED_CIDRS_IN_JWKS_URIS"
"""Environment variable of istiod: the ranges of addresses that a `jwksUri` must not lead to."""

_NAMED = 5


@analyzer("authn.BlockedCIDRsAnalyzer", inputs={REQUEST_AUTHENTICATION, DEPLOYMENT}, emits={JWKS_UNRESTRICTED})
def blocked_cidrs(mesh: Snapshot) -> Iterator[Message]:
    """Checks that istiod is told which addresses it must not fetch the keys of tokens from."""
    names = [found.full_name for found in mesh[REQUEST_AUTHENTICATION]]
    for deployment in mesh[DEPLOYMENT]:
        if names and deployment.labels.get("app") == "istiod" and not _restricted(deployment):
            more = [f"and {len(names) - _NAMED} more"] if len(names) > _NAMED else []
            yield JWKS_UNRESTRICTED.on(deployment, count=len(names), names=names[:_NAMED] + more)


def _restricted(istiod: Resource) -> bool:
    return any(
        variable["name"].value == BLOCKED and variable["value"].text
        for container in istiod.at("spec", "template", "spec", "containers")
        for variable in container["env"]
    )
