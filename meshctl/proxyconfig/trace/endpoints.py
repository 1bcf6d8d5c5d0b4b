"""Which endpoints of a cluster a request may end at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from meshctl.proxyconfig.clusters import Cluster
from meshctl.proxyconfig.dump import ConfigDump
from meshctl.proxyconfig.endpoints import ClusterLoadAssignment, LbEndpoint
from meshctl.proxyconfig.trace.lookup import named

_OVERPROVISIONED = 1.4
"""How many times more load than their share the healthy endpoints of a priority are trusted with."""

_WELL = {"HEALTHY", "UNKNOWN"}
_GONE = {"DRAINING"}


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
    return chances(assignment) if assignment is not None else ()


def chances(assignment: ClusterLoadAssignment) -> Sequence[EndpointChance]:
    """Endpoints with their share: priorities fill up one after the other, localities and endpoints share by weight.

    Where no priority has a healthy endpoint all of them are taken, as Envoy does in its panic.
    """
    priorities: dict[int, list[tuple[str, LbEndpoint]]] = {}
    for group in assignment.endpoints:
        for endpoint in group.lb_endpoints:
            priorities.setdefault(group.priority, []).append((str(group.locality), endpoint))
    loads = _loads({priority: _availability(found) for priority, found in priorities.items()})
    panic = not any(loads.values())
    found: list[EndpointChance] = []
    for priority, members in sorted(priorities.items()):
        load = (1.0 if priority == min(priorities) else 0.0) if panic else loads[priority]
        taken = [(where, one) for where, one in members if panic or one.health_status in _WELL]
        if not taken and load:
            taken = [(where, one) for where, one in members if one.health_status == "DEGRADED"]
        total = sum(one.load_balancing_weight or 1 for _, one in taken)
        for where, one in taken if load else ():
            weight = one.load_balancing_weight or 1
            found.append(
                EndpointChance(_address(one), load * weight / total, one.health_status, priority, where, weight)
            )
    return found


def _sent(dump: ConfigDump, cluster: Cluster) -> ClusterLoadAssignment | None:
    service = cluster.eds_cluster_config.service_name if cluster.eds_cluster_config else ""
    return named(dump.endpoints, service or cluster.name) or named(dump.endpoints, cluster.name)


def _availability(members: Sequence[tuple[str, LbEndpoint]]) -> float:
    known = [one for _, one in members if one.health_status not in _GONE]
    well = [one for one in known if one.health_status in (*_WELL, "DEGRADED")]
    return min(1.0, _OVERPROVISIONED * len(well) / len(known)) if known else 0.0


def _loads(availability: dict[int, float]) -> dict[int, float]:
    """The share of each priority: the first takes what it can, the next ones the rest."""
    total = min(1.0, sum(availability.values()))
    left = 1.0
    found = {}
    for priority, available in sorted(availability.items()):
        found[priority] = min(left, available / total) if total else 0.0
        left -= found[priority]
    return found


def _address(endpoint: LbEndpoint) -> str:
    address = endpoint.endpoint.address
    if address.socket_address is not None:
        host = f"[{address.host}]" if ":" in address.host else address.host
        return f"{host}:{address.port}"
    return f"unix://{address.pipe.path}" if address.pipe else address.internal
