"""Gateways of a class that nobody defines."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import NO_GATEWAY_CLASS, Message
from meshctl.model.kinds.gateway_class import GATEWAY_CLASS
from meshctl.model.kinds.kubernetes_gateway import KUBERNETES_GATEWAY
from meshctl.model.snapshot import Snapshot
from meshctl.schema.suggestions import closest

_OF_ISTIO = ("istio", "istio-remote", "istio-waypoint", "istio-east-west")
"""The classes that istiod creates."""


@analyzer("gatewayapi.GatewayClassAnalyzer", inputs={KUBERNETES_GATEWAY, GATEWAY_CLASS}, emits={NO_GATEWAY_CLASS})
def gateway_class(mesh: Snapshot) -> Iterator[Message]:
    """Checks that the classes of Gateway API gateways exist."""
    known = {*_OF_ISTIO, *(found.name for found in mesh[GATEWAY_CLASS])}
    for gateway in mesh[KUBERNETES_GATEWAY]:
        name = gateway.spec["gatewayClassName"]
        if name.text and name.text not in known:
            meant = closest(name.text, sorted(known))
            yield NO_GATEWAY_CLASS.at(
                name, needs=(GATEWAY_CLASS,), name=name.text, hint=f"did you mean {meant}?" if meant else ""
            )
