"""A config dump becomes typed resources, whatever else is in it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from meshctl.proxyconfig import sections
from meshctl.proxyconfig.dump import ConfigDump, Entry, State, read
from meshctl.proxyconfig.envoy import decoded
from meshctl.proxyconfig.errors import DumpError, MissingSectionError
from meshctl.proxyconfig.network_filters import http_connection_manager, tcp_proxy
from tests.proxyconfig.recordings import ORDERS, PRODUCTPAGE, recorded_dump


def dump(*found: dict[str, Any]) -> ConfigDump:
    return read(json.dumps({"configs": found}).encode())


def test_counts_of_recorded_resources() -> None:
    found = recorded_dump(ORDERS)
    assert [len(part) for part in (found.clusters, found.endpoints, found.secrets, found.extensions)] == [
        104,
        104,
        3,
        2,
    ]
    assert [len(part) for part in (found.listeners, found.routes)] == [55, 31]
    assert found.bootstrap.node.id.startswith("sidecar~10.0.0.14~orders-v1-")
    assert found.bootstrap.node.labels["app"] == "orders"


def test_every_recorded_resource_has_a_name_or_is_an_inline_route() -> None:
    for proxy in (ORDERS, PRODUCTPAGE):
        found = recorded_dump(proxy)
        assert all(entry.name for part in (found.clusters, found.listeners, found.endpoints) for entry in part)


def test_a_route_is_read_with_all_that_decides_about_a_request() -> None:
    routes = {entry.name: entry.resource for entry in recorded_dump(ORDERS).routes}
    [host] = [host for host in routes["80"].virtual_hosts if host.name == "orders.held.svc.cluster.local:80"]
    actions = [route.route for route in host.routes]
    assert all(action and action.clusters for action in actions)
    assert {cluster for action in actions if action for cluster in action.clusters} == {
        f"outbound|80|{subset}|orders.held.svc.cluster.local" for subset in ("v1", "v2", "v3")
    }
    assert host.routes[0].metadata.config.endswith("/namespaces/held/virtual-service/orders")


def test_the_filters_of_a_chain_are_found_by_name_or_by_type() -> None:
    kinds = set()
    for entry in recorded_dump(ORDERS).listeners:
        for chain in entry.resource.chains:
            for filter_ in chain.filters:
                manager, proxy = http_connection_manager(filter_), tcp_proxy(filter_)
                if manager:
                    kinds.add("rds" if manager.rds else "inline" if manager.route_config else "neither")
                if proxy:
                    kinds.add("cluster" if proxy.cluster else "weighted")
    assert kinds >= {"rds", "inline", "cluster", "weighted"}


def test_states_and_refused_updates() -> None:
    found = dump(
        {
            "@type": sections.LISTENERS,
            "dynamic_listeners": [
                {
                    "name": "a",
                    "active_state": {"listener": {"name": "a"}},
                    "draining_state": {"listener": {"name": "a"}},
                    "error_state": {"details": "no such cluster", "version_info": "7"},
                },
                {"name": "b", "error_state": {"details": "bad"}},
            ],
            "static_listeners": [{"listener": {"name": "c"}}],
        }
    )
    assert [(entry.name, entry.state) for entry in found.listeners] == [
        ("a", State.ACTIVE),
        ("a", State.DRAINING),
        ("b", State.REJECTED),
        ("c", State.STATIC),
    ]
    error = found.listeners[0].error
    assert error is not None
    assert (error.details, error.version_info) == ("no such cluster", "7")


def test_a_first_update_that_was_refused_has_the_name_that_it_would_have_had() -> None:
    def refused(name: str, field: str = "name") -> dict[str, Any]:
        return {"error_state": {"details": "bad", "failed_configuration": {"@type": "x", field: name}}}

    found = dump(
        {"@type": sections.CLUSTERS, "dynamic_active_clusters": [refused("a"), {"error_state": {"details": "bad"}}]},
        {"@type": sections.ROUTES, "dynamic_route_configs": [refused("80")]},
        {"@type": sections.ENDPOINTS, "dynamic_endpoint_configs": [refused("b", "cluster_name")]},
    )
    entries: list[Entry[Any]] = [*found.clusters, *found.routes, *found.endpoints]
    assert [one.name for one in entries if one.state is State.REJECTED] == ["a", "", "80", "b"]


def test_field_names_of_protobuf_are_read_for_every_section() -> None:
    build = {"version": {"majorNumber": 1}}
    found = dump(
        {"@type": sections.BOOTSTRAP, "bootstrap": {"node": {"userAgentBuildVersion": build}}},
        {"@type": sections.CLUSTERS, "staticClusters": [{"cluster": {"name": "a", "loadAssignment": {"endpoints": [
            {"lbEndpoints": [{"endpoint": {"address": {"pipe": {"path": "/x"}}}}]}]}}}]},
    )  # fmt: skip
    assert found.bootstrap.node.user_agent_build_version.version.major_number == 1
    [entry] = found.clusters
    assert entry.resource.load_assignment is not None
    assert len(entry.resource.load_assignment.endpoints[0].lb_endpoints) == 1
    assert not found.of_istiod
    of_istiod = dump({"@type": sections.CLUSTERS, "dynamicActiveClusters": [{"cluster": {"name": "a"}}]})
    assert of_istiod.of_istiod


def test_what_is_not_known_is_passed_through() -> None:
    odd = {"@type": "type.googleapis.com/acme.Unknown", "some_field": [1, {"x": None}]}
    found = dump(
        {
            "@type": sections.LISTENERS,
            "new_field": True,
            "static_listeners": [
                {"listener": {"name": "x", "novel": 1, "filter_chains": [{"filters": [{"typed_config": odd}]}]}}
            ],
        }
    )
    [entry] = found.listeners
    assert entry.resource.chains[0].filters[0].config == odd
    assert decoded(entry.raw)["novel"] == 1


def test_the_last_of_two_sections_counts_except_for_ecds() -> None:
    found = dump(
        {"@type": sections.ROUTES, "dynamic_route_configs": [{"route_config": {"name": "old"}}]},
        {"@type": sections.ECDS, "ecds_filters": [{"ecds_filter": {"name": "one"}}]},
        {"@type": sections.ECDS, "ecds_filters": [{"ecds_filter": {"name": "two"}}]},
        {"@type": sections.ROUTES, "dynamic_route_configs": [{"route_config": {"name": "new"}}]},
    )
    assert [entry.name for entry in found.routes] == ["new"]
    assert [entry.name for entry in found.extensions] == ["one", "two"]


def test_a_missing_section_is_named_with_what_to_do() -> None:
    with pytest.raises(MissingSectionError) as caught:
        _ = dump({"@type": sections.CLUSTERS}).listeners
    assert "type.googleapis.com/envoy.admin.v3.ListenersConfigDump" in caught.value.message
    assert "/config_dump?include_eds=true" in caught.value.hint


def test_missing_endpoints_are_none() -> None:
    assert dump({"@type": sections.CLUSTERS}).endpoints == []


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"<html>", "no JSON of Envoy: JSON is malformed"),
        (b'"\xff"', "no JSON"),
        (b"[]", "this is a list"),
        (b'{"a": 1}', "no config dump"),
        (b'{"cluster_statuses": []}', "/clusters"),
        (b'{"configs": 3}', "no JSON"),
    ],
)
def test_other_bytes_are_refused(data: bytes, problem: str) -> None:
    with pytest.raises(DumpError, match=problem):
        read(data)


def test_a_resource_of_another_form_is_an_error_with_its_name_and_place() -> None:
    found = dump({"@type": sections.CLUSTERS, "static_clusters": [{"cluster": {"name": "a|b", "type": 3}}]})
    for read_it in (lambda: found.clusters[0].resource, lambda: list(found.cluster_heads())):
        with pytest.raises(DumpError, match=r"^Cluster a\|b: .*\$.type"):
            read_it()


def test_resources_that_were_asked_for_one_by_one() -> None:
    found = dump(
        {"@type": f"{sections.ADMIN}ClustersConfigDump.DynamicCluster", "cluster": {"name": "a"}},
        {"@type": f"{sections.ADMIN}ClustersConfigDump.StaticCluster", "cluster": {"name": "b"}},
        {"@type": f"{sections.ADMIN}ClustersConfigDump.DynamicCluster", "cluster": {"name": "c"}},
    )
    assert [(entry.name, entry.state) for entry in found.clusters] == [
        ("a", State.ACTIVE),
        ("c", State.ACTIVE),
        ("b", State.STATIC),
    ]
