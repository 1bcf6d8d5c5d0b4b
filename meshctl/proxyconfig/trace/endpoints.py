"""Which endpoints of a cluster a request may end at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from meshctl.proxyconfig.clusters import Cluster
from meshctl.proxyconfig.dump import ConfigDump
from meshctl.proxyconfig.endpoints import ClusterLoadAssignment, LbEndpoint
from meshctl.proxyconfig.envoy import decoded
from meshctl.proxyconfig.trace.lookup import named

_OVERPROVISIONED = 1.4
"""How many times more load than their share the healthy endpoints of a priority are trusted with."""

_PANIC = 0.5
"""The share of healthy endpoints below which Envoy uses all of them, when nothing else is said."""

_WELL = frozenset({"HEALTHY", "UNKNOWN"})
_DEGRADED = frozenset({"DEGRADED"})

_Member: TypeAlias = tuple[str, LbEndpoint]
"""An endpoint with the name of its locality."""


@dataclass(frozen=True, slots=True)
class EndpointChance:
    """An endpoint and its share of the requests to the cluster, where load is spread by weight alone."""

    address: str
    share: float
    health: str
    priority: int
    locality: str
    weight: int


def endpoints_of(dump: ConfigDump, cluster: Cluster) -> Sequence[EndpointChance]:
    """The endpoints that may get a request, by what the control plane says of their health."""
    assignment = cluster.load_assignment or _sent(dump, cluster)
    return chances(assignment, _panic_threshold(cluster)) if assignment is not None else ()


def chances(assignment: ClusterLoadAssignment, panic_threshold: float = _PANIC) -> Sequence[EndpointChance]:
    """Endpoints with their share: priorities fill up one after the other, localities and endpoints share by weight.

    A priority with a smaller part of healthy endpoints than the threshold gets requests at all of its endpoints, in
    panic, when the healthy ones of all priorities together are too few; with a threshold of 0 there is no panic.
    """
    priorities: dict[int, list[tuple[str, LbEndpoint]]] = {}
    for group in assignment.endpoints:
        for endpoint in group.lb_endpoints:
            priorities.setdefault(group.priority, []).append((str(group.locality), endpoint))
    loads = _loads(priorities)
    enough = (
        sum(_availability(members, health) for members in priorities.values() for health in (_WELL, _DEGRADED)) >= 1
    )
    hosts = sum(map(len, priorities.values()))
    found: list[EndpointChance] = []
    for priority, members in sorted(priorities.items()):
        well = sum(one.health_status in _WELL for _, one in members)
        if not enough and well / len(members) < panic_threshold:
            load = (
                sum(loads[priority].values())
                if any(sum(one.values()) for one in loads.values())
                else (len(members) / hosts)
            )
            parts = [(members, load)]
        else:
            parts = [([pair for pair in members if pair[1].health_status in health], load)
                     for health, load in loads[priority].items()]  # fmt: skip
        for taken, load in parts:
            total = sum(one.load_balancing_weight or 1 for _, one in taken)
            for where, one in taken if load else ():
                weight = one.load_balancing_weight or 1
                found.append(
                    EndpointChance(_address(one), load * weight / total, one.health_status, priority, where, weight)
                )
    return found


def _panic_threshold(cluster: Cluster) -> float:
    """The share of healthy endpoints below which all are used; Istio turns it off beside outlier detection."""
    config = cluster.common_lb_config
    if config is None or not config.healthy_panic_threshold:
        return _PANIC
    found = decoded(config.healthy_panic_threshold)
    return float(found.get("value", 0)) / 100 if isinstance(found, dict) else _PANIC


def _sent(dump: ConfigDump, cluster: Cluster) -> ClusterLoadAssignment | None:
    service = cluster.eds_cluster_config.service_name if cluster.eds_cluster_config else ""
    return named(dump.endpoints, service or cluster.name) or named(dump.endpoints, cluster.name)


def _availability(members: Sequence[_Member], health: frozenset[str]) -> float:
    """The part of the load of a priority that its endpoints of this health are trusted with."""
    known = [one for _, one in members if one.health_status != "DRAINING"]
    return min(1.0, _OVERPROVISIONED * sum(one.health_status in health for one in known) / len(known)) if known else 0.0


def _loads(priorities: Mapping[int, Sequence[_Member]]) -> dict[int, dict[frozenset[str], float]]:
    """The share of each priority and health: healthy endpoints of all priorities come before degraded ones."""
    available = {(health, priority): _availability(members, health) for health in (_WELL, _DEGRADED)
                 for priority, members in sorted(priorities.items())}  # fmt: skip
    total = min(1.0, sum(available.values()))
    left = 1.0
    found: dict[int, dict[frozenset[str], float]] = {priority: {} for priority in priorities}
    for (health, priority), part in available.items():
        share = min(left, part / total) if total else 0.0
        found[priority][health] = share
        left -= share
    return found


def _address(endpoint: LbEndpoint) -> str:
    address = endpoint.endpoint.address
    if address.socket_address is not None:
        host = f"[{address.host}]" if ":" in address.host else address.host
        return f"{host}:{address.port}"
    return f"unix://{address.pipe.path}" if address.pipe else address.internal
