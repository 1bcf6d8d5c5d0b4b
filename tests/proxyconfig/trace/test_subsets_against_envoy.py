"""Subsets by metadata of endpoints: a real Envoy spreads requests over the endpoints that were predicted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from meshctl.proxyconfig.dump import read
from tests.envoy.client import send
from tests.envoy.process import loopback, running
from tests.envoy.resources import Json, address, cluster, connection_manager, typed
from tests.envoy.upstreams import upstreams
from tests.proxyconfig.trace.generated_routes import Asked
from tests.proxyconfig.trace.test_routes_against_envoy import predicted

ENDPOINTS: Sequence[tuple[str, Json]] = [
    ("HEALTHY", {"version": "v1", "stage": "prod"}),
    ("HEALTHY", {"version": "v1", "stage": "test", "zones": ["a", "b"]}),
    ("HEALTHY", {"version": "v2", "stage": "prod", "zones": ["b"]}),
    ("UNHEALTHY", {"version": "v3", "stage": "prod"}),
    ("HEALTHY", {"canary": True, "number": 1}),
    ("HEALTHY", {}),
]

_VERSION, _BOTH = {"keys": ["version"]}, {"keys": ["version", "stage"]}

CONFIGS: Mapping[str, Json] = {
    "no selectors": {"fallback_policy": "NO_FALLBACK"},
    "nothing else": {"subset_selectors": [_VERSION, _BOTH]},
    "any": {"fallback_policy": "ANY_ENDPOINT", "subset_selectors": [_VERSION]},
    "default": {"fallback_policy": "DEFAULT_SUBSET", "default_subset": {"stage": "prod"},
                "subset_selectors": [_VERSION, {"keys": ["canary"]}, {"keys": ["number"]}]},
    "no default": {"fallback_policy": "DEFAULT_SUBSET", "default_subset": {"stage": "gone"},
                   "subset_selectors": [_VERSION]},
    "panic": {"fallback_policy": "DEFAULT_SUBSET", "default_subset": {"stage": "gone"}, "panic_mode_any": True,
              "subset_selectors": [_VERSION, {**_BOTH, "fallback_policy": "DEFAULT_SUBSET"}]},
    "own fallbacks": {"fallback_policy": "ANY_ENDPOINT", "default_subset": {"version": "v1"}, "subset_selectors": [
        {"keys": ["stage"], "fallback_policy": "NO_FALLBACK"}, {**_VERSION, "fallback_policy": "DEFAULT_SUBSET"},
        {**_BOTH, "fallback_policy": "KEYS_SUBSET", "fallback_keys_subset": ["stage"]},
        {"keys": ["canary"], "fallback_policy": "ANY_ENDPOINT"}]},
    "lists": {"list_as_any": True, "subset_selectors": [{"keys": ["zones"]}]},
    "whole lists": {"subset_selectors": [{"keys": ["zones"]}]},
}  # fmt: skip

WANTED: Sequence[Json | None] = [
    None, {}, {"version": "v1"}, {"version": "v3"}, {"version": "v9"}, {"version": "v1", "stage": "prod"},
    {"version": "v9", "stage": "prod"}, {"version": "v9", "stage": "gone"}, {"stage": "test"}, {"stage": "gone"},
    {"canary": True}, {"canary": 1}, {"number": 1}, {"number": True}, {"zones": "b"}, {"zones": ["b"]}, {"other": "x"},
]  # fmt: skip

ENOUGH = 12
"""Requests, in turn, that reach each endpoint which gets any."""


def _match(wanted: Json | None) -> Json:
    return {} if wanted is None else {"metadata_match": {"filter_metadata": {"envoy.lb": wanted}}}


def _members(own: str, name: str) -> Json:
    hosts = [
        {"endpoint": {"address": address(own, 9000 + number)}, "health_status": health,
         "metadata": {"filter_metadata": {"envoy.lb": labels}}}
        for number, (health, labels) in enumerate(ENDPOINTS)
    ]  # fmt: skip
    return {"cluster_name": name, "endpoints": [{"lb_endpoints": hosts}]}


def _as_policy(config: Json) -> Json:
    inner = {"name": "r", "typed_config": typed("load_balancing_policies.round_robin.v3.RoundRobin")}
    own = {"policies": [{"typed_extension_config": inner}]}
    policy = typed("load_balancing_policies.subset.v3.Subset", subset_lb_policy=own, **config)
    return {"policies": [{"typed_extension_config": {"name": "s", "typed_config": policy}}]}


@pytest.mark.parametrize("as_policy", [False, True])
def test_requests_end_at_the_endpoints_of_the_subset(as_policy: bool) -> None:
    own = loopback()
    settings = {name: {"load_balancing_policy": _as_policy(config)} if as_policy else {"lb_subset_config": config}
                for name, config in CONFIGS.items()}  # fmt: skip
    hosts: list[Json] = [
        {"name": name, "domains": [name.replace(" ", "-")], "routes": [
            {"match": {"path": f"/{number}"}, "route": {"cluster": name, **_match(wanted)}}
            for number, wanted in enumerate(WANTED)]}
        for name in CONFIGS
    ]  # fmt: skip
    parts = [{"name": "any", "weight": 1, **_match({"version": "v2"})}]
    shared = {"weighted_clusters": {"clusters": parts}, **_match({"version": "v1"})}
    hosts[0]["routes"].append({"match": {"path": "/weighted"}, "route": shared})
    chain = {"filters": [connection_manager({"route_config": {"name": "r", "virtual_hosts": hosts}})]}
    wrong, statuses = [], set()
    with upstreams([(own, 9000 + number) for number in range(len(ENDPOINTS))]), running(
        listeners=[{"name": "in", "address": address(own, 20_000), "filter_chains": [chain]}],
        clusters=[cluster(name, **more) for name, more in settings.items()],
        endpoints=[_members(own, name) for name in CONFIGS],
    ) as envoy:  # fmt: skip
        dump = read(json.dumps(envoy.dump()).encode())
        for host in hosts:
            for route in host["routes"]:
                asked = Asked(host["domains"][0], path=route["match"]["path"])
                answers = [send((own, 20_000), "GET", asked.path, [("host", asked.host)]) for _ in range(ENOUGH)]
                reached = {json.loads(one.body)["server"] if one.status == 200 else one.status for one in answers}
                trace = predicted(dump, asked, (own, 20_000))
                wanted: set[Any] = {one.address for one in trace.arrivals[0].endpoints} or {trace.status}
                statuses.add(trace.status)
                if reached != wanted:
                    wrong.append((host["name"], route["route"], reached, wanted))
    assert wrong == []
    assert statuses == {0, 503}
