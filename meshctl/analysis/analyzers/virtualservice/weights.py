"""Weights without effect, and destinations that stand twice in one route."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import LONE_WEIGHT, SAME_DESTINATION_TWICE, ZERO_WEIGHT, Message
from meshctl.model.hosts import fqdn
from meshctl.model.kinds.virtual_service import VIRTUAL_SERVICE, rules
from meshctl.model.resource import Field
from meshctl.model.snapshot import Snapshot


@analyzer(
    "virtualservice.WeightAnalyzer",
    inputs={VIRTUAL_SERVICE},
    emits={LONE_WEIGHT, SAME_DESTINATION_TWICE, ZERO_WEIGHT},
)
def weights(mesh: Snapshot) -> Iterator[Message]:
    """Checks the weights of the destinations of a route, and that each stands there once."""
    for virtual_service in mesh[VIRTUAL_SERVICE]:
        for rule in rules(virtual_service):
            routes = rule["route"]
            if len(routes) == 1:
                weight = routes[0]["weight"]
                # 100 says what happens anyhow.
                if weight.present and weight.number != 100:
                    yield LONE_WEIGHT.at(weight, weight=weight.number)
            elif len(routes) > 1:
                yield from _several(routes)


def _several(routes: Field) -> Iterator[Message]:
    seen: dict[tuple[str, str, int], Field] = {}
    for route in routes:
        weight, destination = route["weight"], route["destination"]
        if weight.present and not weight.number:
            yield ZERO_WEIGHT.at(weight)
        host = destination["host"]
        key = (
            fqdn(host.text, host.resource.namespace),
            destination["subset"].text,
            destination["port"]["number"].number,
        )
        if key in seen:
            # Two routes to one destination may still do different things with headers.
            if not route["headers"] and not seen[key]["headers"]:
                named = f"{host.text}, subset {key[1]}" if key[1] else host.text
                yield SAME_DESTINATION_TWICE.at(host, related=[seen[key]["destination"]["host"]], destination=named)
        else:
            seen[key] = route
