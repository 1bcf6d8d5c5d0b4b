"""DestinationRule: what its schema cannot say (DR1-DR20)."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.messages import DOUBTFUL, OVERLOOKED, Message, MessageType
from meshctl.model.kinds.destination_rule import DESTINATION_RULE
from meshctl.model.resource import Field, Resource
from meshctl.schema.grammars import hosts
from meshctl.schema.rules.client_tls import client_tls
from meshctl.schema.rules.connection_pool import connection_pool
from meshctl.schema.rules.labels import label_selector, labels
from meshctl.schema.rules.load_balancer import load_balancer
from meshctl.schema.rules.metadata import annotation_rules
from meshctl.schema.rules.outlier_detection import outlier_detection
from meshctl.schema.rules.reporting import invalid, port, shown, text
from meshctl.schema.rules.visibility import export_to, own_namespace_only
from meshctl.schema.validators import validator

_POLICY = (
    "connectionPool",
    "loadBalancer",
    "outlierDetection",
    "tls",
    "portLevelSettings",
    "tunnel",
    "proxyProtocol",
    "retryBudget",
)
_PORT_POLICY = ("outlierDetection", "connectionPool", "loadBalancer", "tls")


@validator(DESTINATION_RULE)
def destination_rule(rule: Resource) -> Iterator[Message]:
    """Checks a destination rule."""
    spec = rule.spec
    yield from annotation_rules(rule)
    yield from text(spec["host"], hosts.wildcard_host)
    yield from _traffic_policy(spec["trafficPolicy"], DOUBTFUL)
    seen = set()
    for subset in spec["subsets"]:
        name = subset["name"]
        yield from text(name, hosts.label)
        if name.text and name.text in seen:
            yield invalid(name, f"{shown(name.text)} is the name of an earlier subset too")
        seen.add(name.text)
        yield from labels(subset["labels"])
        yield from _traffic_policy(subset["trafficPolicy"], OVERLOOKED)
    yield from export_to(spec["exportTo"])
    if spec["workloadSelector"].present:
        yield from label_selector(spec["workloadSelector"])
        yield from own_namespace_only(spec["exportTo"])


def _traffic_policy(policy: Field, warning: MessageType) -> Iterator[Message]:
    if not policy.present:
        return
    if not any(policy[name] if name == "portLevelSettings" else policy[name].present for name in _POLICY):
        yield invalid(policy, "is empty: it needs at least one setting", key=True)
        return
    tunnel, protocol = policy["tunnel"], policy["proxyProtocol"]
    if tunnel.present and protocol.present:
        yield invalid(protocol, "and tunnel exclude each other", "remove one of the two", key=True)
        return
    yield from _settings(policy, warning)
    for level in policy["portLevelSettings"]:
        if not level["port"].present:
            yield invalid(level["port"], "is missing")
        if not any(level[name].present for name in _PORT_POLICY):
            yield invalid(level, f"needs one of {', '.join(_PORT_POLICY)}")
        yield from _settings(level, OVERLOOKED)
    if tunnel.present:
        yield from _tunnel(tunnel)
    if protocol["version"].value not in (None, "V1", "V2", 0, 1):
        yield invalid(protocol["version"], "has to be V1 or V2")


def _settings(policy: Field, warning: MessageType) -> Iterator[Message]:
    yield from outlier_detection(policy["outlierDetection"], warning)
    yield from connection_pool(policy["connectionPool"])
    yield from load_balancer(policy["loadBalancer"], policy["outlierDetection"], warning)
    yield from client_tls(policy["tls"], policy.resource.namespace)


def _tunnel(tunnel: Field) -> Iterator[Message]:
    if tunnel["protocol"].text not in ("", "CONNECT", "POST"):
        yield invalid(tunnel["protocol"], f"{shown(tunnel['protocol'].text)} has to be CONNECT or POST")
    yield from text(tunnel["targetHost"], hosts.host_or_ip)
    yield from port(tunnel["targetPort"])
