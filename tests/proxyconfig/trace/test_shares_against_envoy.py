"""Shares: how often a real Envoy takes each route, cluster and endpoint is about what was predicted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from meshctl.proxyconfig.dump import read
from tests.envoy.client import Answer, send
from tests.envoy.process import Envoy, loopback, running
from tests.envoy.resources import Json, address, cluster, connection_manager, endpoints, typed
from tests.envoy.upstreams import upstreams
from tests.proxyconfig.trace.generated_routes import Asked
from tests.proxyconfig.trace.test_routes_against_envoy import predicted

REQUESTS = 240
Group = tuple[int, Sequence[str]]
"""The priority of a locality, and the health of each of its endpoints."""

MEMBERS: Sequence[tuple[Sequence[Group], float | None]] = [
    ([(0, ["HEALTHY", "UNKNOWN"])], None),
    ([(0, ["HEALTHY", "UNHEALTHY"])], None),
    ([(0, ["HEALTHY", "UNHEALTHY", "UNHEALTHY"])], None),  # panic: fewer than half are healthy
    ([(0, ["HEALTHY", "UNHEALTHY", "UNHEALTHY"])], 0),
    ([(0, ["UNHEALTHY", "UNHEALTHY"])], None),
    ([(0, ["UNHEALTHY", "UNHEALTHY"])], 0),
    ([(0, ["HEALTHY"] * 3), (1, ["HEALTHY"])], 0),
    ([(0, ["HEALTHY", "UNHEALTHY"]), (1, ["HEALTHY", "HEALTHY"])], 0),
    ([(0, ["HEALTHY", "UNHEALTHY"]), (1, ["HEALTHY", "HEALTHY"])], None),
    ([(0, ["UNHEALTHY"]), (1, ["HEALTHY", "HEALTHY"])], 0),
    ([(0, ["UNHEALTHY", "UNHEALTHY"]), (1, ["UNHEALTHY"]), (2, ["HEALTHY"])], 0),
    ([(0, ["HEALTHY", "UNHEALTHY", "UNHEALTHY"]), (1, ["HEALTHY", "UNHEALTHY", "UNHEALTHY"])], None),
    ([(0, ["HEALTHY", "UNHEALTHY", "UNHEALTHY"]), (1, ["HEALTHY", "UNHEALTHY", "UNHEALTHY"])], 0),
    ([(0, ["DEGRADED", "HEALTHY"])], 0),
    ([(0, ["DEGRADED", "UNHEALTHY"])], 0),
    ([(0, ["DEGRADED", "HEALTHY", "UNHEALTHY"]), (1, ["HEALTHY", "DEGRADED", "UNHEALTHY"])], 0),
    ([(0, ["DEGRADED", "UNHEALTHY", "UNHEALTHY"]), (1, ["UNHEALTHY", "UNHEALTHY", "HEALTHY"])], None),
    ([(0, ["DRAINING", "HEALTHY"])], 0),
    ([], 0),
]


def _assignment(name: str, groups: Sequence[Group], own: str, first: int) -> Json:
    found: Json = {"cluster_name": name, "endpoints": []}
    port = first
    for priority, states in groups:
        hosts = []
        for state in states:
            hosts.append({"endpoint": {"address": address(own, port)}, "health_status": state})
            port += 1
        found["endpoints"].append({"priority": priority, "lb_endpoints": hosts})
    return found


def _listener(own: str, port: int, routes: Sequence[Json]) -> Json:
    inline = {"name": "r", "virtual_hosts": [{"name": "v", "domains": ["*"], "routes": list(routes)}]}
    return {"name": str(port), "address": address(own, port),
            "filter_chains": [{"filters": [connection_manager({"route_config": inline})]}]}  # fmt: skip


def _near(counted: Counter[str], shares: Mapping[str, float]) -> bool:
    """Whether what was counted is what the shares make likely: four standard deviations, and nothing that has none."""
    total = sum(counted.values())
    spread = {name: 4 * (total * share * (1 - share)) ** 0.5 + 2 for name, share in shares.items()}
    return not counted.keys() - shares.keys() and all(
        abs(counted[name] - total * share) <= spread[name] for name, share in shares.items()
    )


def _ended(answers: Sequence[Answer]) -> Counter[str]:
    """How often each endpoint answered, and each status of the proxy itself."""
    return Counter(json.loads(one.body)["server"] if one.status == 200 else str(one.status) for one in answers)


def _wrong(envoy: Envoy, own: str, cases: Sequence[Any]) -> list[Any]:
    """The cases, each at a listener of its own, whose requests do not end in the shares that were predicted."""
    dump = read(json.dumps(envoy.dump()).encode())
    wrong = []
    for number, case in enumerate(cases):
        where = (own, 20_000 + number)
        counted = _ended([send(where, headers=[("host", "x")]) for _ in range(REQUESTS)])
        trace = predicted(dump, Asked("x"), where)
        shares = {host.address: host.share for host in trace.arrivals[0].endpoints}
        if not _near(counted, shares or {str(trace.status): 1.0}):
            wrong.append((case, counted, shares, trace.status))
    return wrong


def test_endpoints_share_as_health_and_priorities_say() -> None:
    own = loopback()
    clusters, assignments, listeners, ports = [], [], [], []
    for number, (groups, panic) in enumerate(MEMBERS):
        name, first = f"c{number}", 9000 + number * 10
        common = {} if panic is None else {"common_lb_config": {"healthy_panic_threshold": {"value": panic}}}
        clusters.append(cluster(name, **common))
        assignments.append(_assignment(name, groups, own, first))
        listeners.append(_listener(own, 20_000 + number, [{"match": {"prefix": "/"}, "route": {"cluster": name}}]))
        ports += [first + index for index in range(sum(len(states) for _, states in groups))]
    with upstreams([(own, port) for port in ports]), running(
        listeners=listeners, clusters=clusters, endpoints=assignments
    ) as envoy:  # fmt: skip
        wrong = _wrong(envoy, own, MEMBERS)
    assert wrong == []


AGGREGATES: Sequence[Sequence[Sequence[Group]]] = [
    [[(0, ["HEALTHY"])], [(0, ["HEALTHY"])]],
    [[(0, ["UNHEALTHY"])], [(0, ["HEALTHY", "HEALTHY"])]],
    [[(0, ["HEALTHY", "UNHEALTHY"])], [(0, ["HEALTHY"]), (1, ["HEALTHY"])]],
    [[(0, ["UNHEALTHY"]), (1, ["HEALTHY", "UNHEALTHY", "UNHEALTHY"])], [(0, ["HEALTHY"])]],
    [[], [(0, ["HEALTHY"])]],
    [[], []],
]
"""The members of the clusters of an aggregate cluster."""


def test_aggregate_clusters_prefer_their_first() -> None:
    own = loopback()
    common = {"healthy_panic_threshold": {"value": 0}}
    clusters, assignments, listeners, ports = [], [], [], []
    for number, parts in enumerate(AGGREGATES):
        names = [f"c{number}-{place}" for place in range(len(parts))]
        config = typed("clusters.aggregate.v3.ClusterConfig", clusters=names)
        clusters += [cluster(name, common_lb_config=common) for name in names]
        clusters.append({"name": f"c{number}", "connect_timeout": "1s", "lb_policy": "CLUSTER_PROVIDED",
                         "cluster_type": {"name": "envoy.clusters.aggregate", "typed_config": config},
                         "common_lb_config": common})  # fmt: skip
        for place, (name, groups) in enumerate(zip(names, parts, strict=True)):
            first = 9000 + number * 20 + place * 10
            assignments.append(_assignment(name, groups, own, first))
            ports += [first + index for index in range(sum(len(states) for _, states in groups))]
        listeners.append(
            _listener(own, 20_000 + number, [{"match": {"prefix": "/"}, "route": {"cluster": f"c{number}"}}])
        )
    with upstreams([(own, port) for port in ports]), running(
        listeners=listeners, clusters=clusters, endpoints=assignments
    ) as envoy:  # fmt: skip
        wrong = _wrong(envoy, own, AGGREGATES)
    assert wrong == []


LOCALITIES: Sequence[Sequence[tuple[int | None, Sequence[str]]]] = [
    [(3, ["HEALTHY"]), (1, ["HEALTHY", "HEALTHY"])],
    [(3, ["HEALTHY", "UNHEALTHY", "UNHEALTHY"]), (1, ["HEALTHY"])],
    [(None, ["HEALTHY"]), (2, ["HEALTHY"])],
    [(1, ["UNHEALTHY"]), (1, ["HEALTHY"])],
]


def test_localities_share_by_their_weights() -> None:
    own = loopback()
    clusters, assignments, listeners, ports = [], [], [], []
    common = {"healthy_panic_threshold": {"value": 0}, "locality_weighted_lb_config": {}}
    for number, localities in enumerate(LOCALITIES):
        name, first = f"c{number}", 9000 + number * 10
        clusters.append(cluster(name, common_lb_config=common))
        found = _assignment(name, [(0, states) for _, states in localities], own, first)
        for group, (weight, _) in zip(found["endpoints"], localities, strict=True):
            group |= {"locality": {"region": f"r{weight}"}, **({"load_balancing_weight": weight} if weight else {})}
        assignments.append(found)
        listeners.append(_listener(own, 20_000 + number, [{"match": {"prefix": "/"}, "route": {"cluster": name}}]))
        ports += [first + index for index in range(sum(len(states) for _, states in localities))]
    wrong = []
    with upstreams([(own, port) for port in ports]), running(
        listeners=listeners, clusters=clusters, endpoints=assignments
    ) as envoy:  # fmt: skip
        dump = read(json.dumps(envoy.dump()).encode())
        for number, localities in enumerate(LOCALITIES):
            where = (own, 20_000 + number)
            answers = [send(where, headers=[("host", "x")]) for _ in range(REQUESTS)]
            counted = Counter(json.loads(one.body)["server"] for one in answers)
            shares = {host.address: host.share for host in predicted(dump, Asked("x"), where).arrivals[0].endpoints}
            if not _near(counted, shares):
                wrong.append((localities, counted, shares))
    assert wrong == []


def test_routes_and_clusters_share_by_their_weights() -> None:
    own = loopback()
    names = ("a", "b", "c")
    weights = [{"name": name, "weight": weight} for name, weight in zip(names, (70, 25, 5), strict=True)]
    share = {"default_value": {"numerator": 250_000, "denominator": "MILLION"}}
    routes = [
        {"name": "some", "match": {"prefix": "/", "runtime_fraction": share}, "direct_response": {"status": 299}},
        {"name": "rest", "match": {"prefix": "/"}, "route": {"weighted_clusters": {"clusters": weights}}},
    ]
    ports = {f"{own}:{9000 + index}": name for index, name in enumerate(names)}
    with upstreams([(own, 9000 + index) for index in range(3)]), running(
        listeners=[_listener(own, 20_000, routes)],
        clusters=[cluster(name) for name in names],
        endpoints=[endpoints(name, (own, 9000 + index)) for index, name in enumerate(names)],
    ) as envoy:  # fmt: skip
        dump = read(json.dumps(envoy.dump()).encode())
        answers = [send((own, 20_000), headers=[("host", "x")]) for _ in range(4 * REQUESTS)]
    trace = predicted(dump, Asked("x"), (own, 20_000))
    [perhaps] = trace.perhaps
    assert (perhaps.route.name, perhaps.chance) == ("some", 0.25)
    assert trace.taken is not None
    assert trace.taken.route.name == "rest"
    shares = {one.target.cluster: (one.target.share or 0) * 0.75 for one in trace.arrivals} | {"some": 0.25}
    counted = Counter("some" if one.status == 299 else ports[json.loads(one.body)["server"]] for one in answers)
    assert _near(counted, shares)
