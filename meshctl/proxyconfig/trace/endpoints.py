"""Which endpoints of a cluster a request may end at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec import Struct

from meshctl.proxyconfig.clusters import Cluster
from meshctl.proxyconfig.dump import ConfigDump
from meshctl.proxyconfig.endpoints import ClusterLoadAssignment, LbEndpoint, LocalityEndpoints
from meshctl.proxyconfig.envoy import decode
from meshctl.proxyconfig.trace.lookup import named
from meshctl.proxyconfig.trace.subsets import Wanted, of_subset, subset_config

_OVERPROVISIONED = 1.4
"""How many times more load than their share the healthy endpoints of a priority are trusted with."""

_PANIC = 0.5
"""The share of healthy endpoints below which Envoy uses all of them, when nothing else is said."""

_WELL = frozenset({"HEALTHY", "UNKNOWN"})
_DEGRADED = frozenset({"DEGRADED"})

_ALL = _WELL | _DEGRADED | {"UNHEALTHY", "DRAINING", "TIMEOUT"}


@dataclass(frozen=True, slots=True)
class _Member:
    """An endpoint in its locality."""

    group: LocalityEndpoints
    endpoint: LbEndpoint

    @property
    def health(self) -> str:
        return self.endpoint.health_status

    @property
    def weight(self) -> int:
        return self.endpoint.load_balancing_weight or 1


@dataclass(frozen=True, slots=True)
class EndpointChance:
    """An endpoint and its share of the requests to the cluster, where load is spread by weight alone."""

    address: str
    share: float
    health: str
    priority: int
    locality: str
    weight: int


def endpoints_of(dump: ConfigDump, cluster: Cluster, wanted: Wanted | None = None) -> Sequence[EndpointChance]:
    """The endpoints that may get a request, by what the control plane says of their health.

    Where the cluster has subsets, `wanted` says which is asked for.

    Priorities fill up one after the other, healthy endpoints before degraded ones; inside, load is shared by weight.
    A priority with a smaller part of healthy endpoints than the threshold gets requests at all of its endpoints, in
    panic, when the healthy ones of all priorities together are too few.
    """
    priorities = _priorities(dump, cluster, wanted or {})
    by_locality = _by_locality(cluster)
    return [
        EndpointChance(
            _address(member.endpoint), share, member.health, priority, str(member.group.locality), member.weight
        )
        for priority, health, load in _loads(priorities, _panic_threshold(cluster))
        for member, share in _spread(priorities[priority], health, load, by_locality=by_locality)
    ]


def _by_locality(cluster: Cluster) -> bool:
    """Whether localities share load by weights of their own; those of a whole cluster mean nothing for its subsets."""
    subsets = subset_config(cluster)
    if subsets is not None and not subsets.locality_weight_aware:
        return False
    return cluster.common_lb_config is not None and bool(cluster.common_lb_config.locality_weighted_lb_config)


def _priorities(
    dump: ConfigDump, cluster: Cluster, wanted: Wanted, around: Sequence[str] = ()
) -> dict[int, list[_Member]]:
    """The endpoints by priority; those of an aggregate cluster are those of its clusters, one after the other."""
    found: dict[int, list[_Member]] = {}
    for name in cluster.aggregated:
        inner = named(dump.clusters, name)
        if inner is not None and name not in around:
            for members in _priorities(dump, inner, wanted, (*around, name)).values():
                found[len(found)] = members
    assignment = None if cluster.aggregated else cluster.load_assignment or _sent(dump, cluster)
    for group in assignment.endpoints if assignment is not None else ():
        members = [_Member(group, endpoint) for endpoint in group.lb_endpoints]
        found.setdefault(group.priority, []).extend(members)
    subsets = None if cluster.aggregated else subset_config(cluster)
    if subsets is not None:
        everything = [member for members in found.values() for member in members]
        kept = set(map(id, of_subset(subsets, everything, lambda member: member.endpoint.metadata, wanted)))
        found = {priority: [one for one in members if id(one) in kept] for priority, members in found.items()}
    return {priority: members for priority, members in sorted(found.items()) if members}


def _spread(
    members: Sequence[_Member], health: frozenset[str], load: float, *, by_locality: bool
) -> Iterator[tuple[_Member, float]]:
    """The share of each endpoint of that health in the load of its priority."""
    taken = [member for member in members if member.health in health]
    if not by_locality:
        total = sum(member.weight for member in taken)
        yield from ((member, load * member.weight / total) for member in taken)
        return
    groups = {id(member.group): member.group for member in taken}
    weights = {key: (group.load_balancing_weight or 0) * _availability(
        [member for member in members if member.group is group], health) for key, group in groups.items()}  # fmt: skip
    everything = sum(weights.values())
    for member in taken:
        weight = weights[id(member.group)]
        if weight:
            own = sum(one.weight for one in taken if one.group is member.group)
            yield member, load * weight / everything * member.weight / own


class _Percent(Struct, frozen=True):
    value: float = 0.0


def _panic_threshold(cluster: Cluster) -> float:
    """The share of healthy endpoints below which all are used; Istio turns it off beside outlier detection."""
    config = cluster.common_lb_config
    if config is None or not config.healthy_panic_threshold:
        return _PANIC
    return decode(config.healthy_panic_threshold, _Percent).value / 100


def _sent(dump: ConfigDump, cluster: Cluster) -> ClusterLoadAssignment | None:
    service = cluster.eds_cluster_config.service_name if cluster.eds_cluster_config else ""
    return named(dump.endpoints, service or cluster.name) or named(dump.endpoints, cluster.name)


def _availability(members: Sequence[_Member], health: frozenset[str]) -> float:
    """The part of their load that the endpoints of this health are trusted with."""
    known = [member for member in members if member.health != "DRAINING"]
    return min(1.0, _OVERPROVISIONED * sum(one.health in health for one in known) / len(known)) if known else 0.0


def _loads(
    priorities: Mapping[int, Sequence[_Member]], panic_threshold: float
) -> Iterator[tuple[int, frozenset[str], float]]:
    """Which share of the load goes to which health of which priority."""
    available = {
        (health, priority): _availability(members, health)
        for health in (_WELL, _DEGRADED)
        for priority, members in priorities.items()
    }
    whole = sum(available.values())
    left = 1.0
    shares: dict[int, dict[frozenset[str], float]] = {priority: {} for priority in priorities}
    for (health, priority), part in available.items():
        shares[priority][health] = min(left, part / min(1.0, whole)) if whole else 0.0
        left -= shares[priority][health]
    hosts = sum(map(len, priorities.values()))
    for priority, members in priorities.items():
        well = sum(member.health in _WELL for member in members)
        if whole < 1 and well / len(members) < panic_threshold:
            yield priority, _ALL, sum(shares[priority].values()) if whole else len(members) / hosts
        else:
            yield from ((priority, health, share) for health, share in shares[priority].items() if share)


def _address(endpoint: LbEndpoint) -> str:
    address = endpoint.endpoint.address
    if address.socket_address is not None:
        host = f"[{address.host}]" if ":" in address.host else address.host
        return f"{host}:{address.port}"
    return f"unix://{address.pipe.path}" if address.pipe else address.internal
