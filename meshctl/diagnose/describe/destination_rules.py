"""The destination rule of a port of a service: the subsets that pods are in, and what it sets for connections."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from meshctl.model.kinds.destination_rule import DESTINATION_RULE, rules_by_host
from meshctl.model.mesh_settings import mesh_settings
from meshctl.model.resource import Field, Resource
from meshctl.model.selectors import Labels, matches
from meshctl.model.snapshot import Snapshot
from meshctl.model.visibility import exported_to, sees
from meshctl.model.workloads import Workload
from meshctl.proxyconfig.names import IstioResource

_SETTINGS = {
    "loadBalancer": "load balancer",
    "connectionPool": "connection pool",
    "outlierDetection": "outlier detection",
}


@dataclass(frozen=True, slots=True)
class TrafficPolicy:
    """What is set for connections: the mode of TLS (empty without one), and the names of the other settings."""

    tls_mode: str
    settings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PortPolicy:
    """What is set for the connections to one port."""

    port: int
    tls_mode: str
    settings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DestinationRule:
    """A destination rule as the described pods see it."""

    name: str
    namespace: str
    host: str = ""
    matching_subsets: tuple[str, ...] = ()
    other_subsets: tuple[str, ...] = ()
    traffic_policy: TrafficPolicy | None = None
    port_policies: tuple[PortPolicy, ...] = ()
    stale: bool = False
    """The proxy has it, but it is gone."""


def derived_rule(mesh: Snapshot, client: Workload, host: str) -> Resource | None:
    """The destination rule that the control plane would choose for a host and the proxy of a pod of its namespace.

    Rule: the namespace itself goes before the root namespace, and there the most specific host.
    """
    found = [rule for rule, _ in rules_by_host(mesh).matching(host)]
    for namespace in dict.fromkeys((client.namespace, mesh_settings(mesh).root_namespace)):
        for rule in found:
            selects = rule.spec["workloadSelector"]["matchLabels"].mapping
            if (
                rule.namespace == namespace
                and sees(exported_to(rule), client.namespace)
                and matches(selects, client.labels)
            ):
                return rule
    return None


def described_by_name(mesh: Snapshot, name: IstioResource, pods: Sequence[Labels]) -> DestinationRule:
    """The destination rule that a proxy names."""
    rule = mesh.find(DESTINATION_RULE, name.namespace, name.name)
    if rule is None:
        return DestinationRule(name.name, name.namespace, stale=DESTINATION_RULE not in mesh.unread)
    return described(rule, pods)


def described(rule: Resource, pods: Sequence[Labels]) -> DestinationRule:
    """A destination rule as pods with these labels see it."""
    subsets = [(subset["name"].text, subset["labels"].mapping) for subset in rule.spec["subsets"]]
    fitting = tuple(name for name, labels in subsets if any(matches(labels, pod) for pod in pods))
    policy = rule.spec["trafficPolicy"]
    return DestinationRule(
        rule.name,
        rule.namespace,
        rule.spec["host"].text,
        fitting,
        tuple(name for name, _ in subsets if name not in fitting),
        TrafficPolicy(policy["tls"]["mode"].text, tuple(_settings(policy))) if policy else None,
        tuple(
            PortPolicy(one["port"]["number"].number, one["tls"]["mode"].text, tuple(_settings(one)))
            for one in policy["portLevelSettings"]
        ),
    )


def _settings(policy: Field) -> Iterator[str]:
    yield from (title for key, title in _SETTINGS.items() if policy[key].present)
