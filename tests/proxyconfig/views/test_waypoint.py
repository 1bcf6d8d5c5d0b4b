"""How a waypoint chooses filter chains."""

from __future__ import annotations

from typing import Any

import pytest

from meshctl.proxyconfig.dump import read
from meshctl.proxyconfig.errors import DumpError
from meshctl.proxyconfig.network_filters import TCP_PROXY
from meshctl.proxyconfig.views.waypoint import table
from tests.proxyconfig import made


def leads(chain: str) -> dict[str, Any]:
    return {"action": {"name": chain, "typed_config": {"@type": "t/google.protobuf.StringValue", "value": chain}}}


def tree(name: str, leaves: dict[str, Any], kind: str = "exact_match_map") -> dict[str, Any]:
    return {"matcher": {"matcher_tree": {"input": {"name": name}, kind: {"map": leaves}}}}


def chain(name: str) -> dict[str, Any]:
    return {"name": name, "filters": [{"name": TCP_PROXY, "typed_config": {"cluster": name}}]}


def test_each_way_to_each_chain() -> None:
    ports = tree("port", {"80": leads("web"), "90": leads("both")})
    ports["matcher"]["on_no_match"] = leads("both")
    ranges = [
        {"ranges": [{"address_prefix": "10.0.0.1", "prefix_len": 32}], "on_match": ports},
        {"ranges": [{"address_prefix": "10.1.0.0", "prefix_len": 16}], "on_match": leads("both")},
    ]
    custom = {"@type": "type.googleapis.com/xds.type.matcher.v3.IPMatcher", "range_matchers": ranges}
    matcher = {
        "matcher_tree": {"input": {"name": "ip"}, "custom_match": {"typed_config": custom}},
        "on_no_match": leads("rest"),
    }
    names = ["web", "both", "rest", "lost"]
    main = {"name": "main", "internal_listener": {}, "filter_chain_matcher": matcher,
            "filter_chains": [chain(name) for name in names]}  # fmt: skip
    by_prefix = {"name": "a", "internal_listener": {}, "filter_chains": [chain("x")],
                 "filter_chain_matcher": tree("path", {"v": leads("x")}, "prefix_match_map")["matcher"]}  # fmt: skip
    plain = {"name": "z", "internal_listener": {}, "filter_chains": [chain("internal")]}
    outside = {"name": "outside", "filter_chains": [chain("x")]}
    found = table(read(made.text(made.listeners(main, by_prefix, plain, outside))))
    assert found.rows == [
        ("envoy://a", "x", "path^v", "Cluster: x"),
        ("envoy://main", "web", "ip=10.0.0.1 -> port=80", "Cluster: web"),
        ("envoy://main", "both", "ip=10.0.0.1 -> port=90", "Cluster: both"),
        ("envoy://main", "both", "ip=10.0.0.1 -> ANY", "Cluster: both"),
        ("envoy://main", "both", "ip=10.1.0.0/16", "Cluster: both"),
        ("envoy://main", "rest", "UNMATCHED", "Cluster: rest"),
        ("envoy://main", "lost", "NONE", "Cluster: lost"),
        ("internal", "internal", "ALL", "Cluster: internal"),
    ]


def test_a_matcher_that_is_not_known_is_no_failure() -> None:
    matcher = {"matcher_tree": {"input": {"name": "i"}, "custom_match": {"typed_config": {"@type": "x/acme.Odd"}}}}
    listener = {"name": "l", "internal_listener": {}, "filter_chain_matcher": matcher, "filter_chains": [chain("c")]}
    assert table(read(made.text(made.listeners(listener)))).rows == [("envoy://l", "c", "NONE", "Cluster: c")]


@pytest.mark.parametrize("matcher", [{"matcher_tree": [1]}, {"on_no_match": {"action": {"typed_config": None}}}])
def test_a_matcher_that_envoy_never_writes_is_told_by_its_listener(matcher: dict[str, Any]) -> None:
    listener = {"name": "main", "internal_listener": {}, "filter_chain_matcher": matcher}
    with pytest.raises(DumpError, match="Listener main"):
        table(read(made.text(made.listeners(listener))))
