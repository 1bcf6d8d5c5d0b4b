"""PeerAuthentication: what its schema cannot say (PA1-PA4)."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.messages import Message
from meshctl.model.kinds.peer_authentication import PEER_AUTHENTICATION
from meshctl.model.resource import Resource
from meshctl.schema.grammars import authorization
from meshctl.schema.rules.labels import label_selector
from meshctl.schema.rules.metadata import annotation_rules
from meshctl.schema.rules.reporting import invalid, shown
from meshctl.schema.validators import validator


@validator(PEER_AUTHENTICATION)
def peer_authentication(resource: Resource) -> Iterator[Message]:
    """Checks a peer authentication."""
    spec = resource.spec
    ports = spec["portLevelMtls"]
    yield from annotation_rules(resource)
    if ports.present and not ports:
        yield invalid(ports, "is empty: name a port, or leave it out", key=True)
    if ports and not spec["selector"]["matchLabels"]:
        yield invalid(ports, "needs a selector with labels: ports are those of chosen workloads", key=True)
    for key, mode in ports.items():
        number = str(key)  # YAML has numbers as keys too
        if authorization.port(number) or not int(number):
            yield invalid(mode, f"{shown(number)} is no port from 1 to 65535", key=True)
    yield from label_selector(spec["selector"])
