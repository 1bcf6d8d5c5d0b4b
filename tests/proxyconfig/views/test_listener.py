"""The listeners: what connections must have, and where they go."""

from __future__ import annotations

from typing import Any

import pytest

from meshctl.proxyconfig.dump import read
from meshctl.proxyconfig.network_filters import HTTP_CONNECTION_MANAGER, TCP_PROXY
from meshctl.proxyconfig.view import Filters
from meshctl.proxyconfig.views.listener import VIEW, select
from tests.proxyconfig import made


def rows(*listeners: dict[str, Any], wide: bool = False, **filters: Any) -> list[dict[str, str]]:
    wanted = Filters(**filters)
    table = VIEW.table(VIEW.select(read(made.text(made.listeners(*listeners))), wanted), wanted, wide=wide)
    return [dict(zip(table.columns, cells, strict=True)) for cells in table.rows]


def at(port: int, *chains: dict[str, Any], address: str = "0.0.0.0", **more: Any) -> dict[str, Any]:
    socket = {"socket_address": {"address": address, "port_value": port}}
    return {"name": f"{address}_{port}", "address": socket, "filter_chains": list(chains), **more}


def tcp(cluster: str = "a", **more: Any) -> dict[str, Any]:
    return {"filters": [{"name": TCP_PROXY, "typed_config": {"cluster": cluster}}], **more}


def http(**manager: Any) -> dict[str, Any]:
    return {"filters": [{"name": HTTP_CONNECTION_MANAGER, "typed_config": manager}]}


@pytest.mark.parametrize(
    ("match", "text"),
    [
        ({}, "ALL"),
        ({"server_names": ["a", "b"], "transport_protocol": "tls"}, "SNI: a,b; Trans: tls"),
        ({"application_protocols": ["http/1.0", "http/1.1", "h2c"]}, "App: HTTP"),
        ({"application_protocols": ["http/1.1", "http/1.0", "h2c"]}, "App: http/1.1,http/1.0,h2c"),
        ({"application_protocols": ["istio", "istio-http/1.0", "istio-http/1.1", "istio-h2"]}, "App: Istio HTTP Plain"),
        ({"prefix_ranges": [{"address_prefix": "10.0.0.0", "prefix_len": 8}], "destination_port": 9},
         "Addr: 10.0.0.0/8:9"),
        ({"prefix_ranges": [{"address_prefix": "0.0.0.0"}, {"address_prefix": "::"}]}, "Addr: 0.0.0.0/0,::/0"),
        ({"destination_port": 15006}, "Addr: *:15006"),
        ({"destination_port": 0}, "Addr: *:0"),
        ({"source_prefix_ranges": [{"address_prefix": "10.0.0.0", "prefix_len": 8}], "source_type": "EXTERNAL"}, "ALL"),
    ],
)  # fmt: skip
def test_what_a_connection_must_have(match: dict[str, Any], text: str) -> None:
    [row] = rows(at(80, tcp(filter_chain_match=match)))
    assert row["MATCH"] == text


def inline(*hosts: dict[str, Any]) -> dict[str, Any]:
    return http(route_config={"virtual_hosts": list(hosts)})


ALL = {"match": {"prefix": "/"}, "route": {"cluster": "inbound|80||"}}


@pytest.mark.parametrize(
    ("chain", "text"),
    [
        (tcp("outbound|80||a"), "Cluster: outbound|80||a"),
        (tcp("PassthroughCluster"), "PassthroughCluster"),
        (tcp("BlackHoleCluster"), "Non-HTTP/Non-TCP"),
        (tcp(""), "Cluster: "),
        ({"filters": []}, "Non-HTTP/Non-TCP"),
        ({"filters": [{"name": "envoy.filters.network.rbac"}, *tcp()["filters"]]}, "Cluster: a"),
        ({"filters": [{"name": "other", "typed_config": {"cluster": "a"}}]}, "Non-HTTP/Non-TCP"),
        (http(rds={"route_config_name": "80"}), "Route: 80"),
        (http(), "HTTP"),
        (http(rds={"config_source": {"ads": {}}}), "HTTP"),
        (inline({"domains": ["*"], "routes": [ALL]}), "Cluster: inbound|80||"),
        (inline({"domains": ["*"], "routes": [ALL, ALL]}), "Inline Route: /*, /*"),
        (inline({"domains": ["a", "b"], "routes": [ALL]}), "Inline Route: a/b /*"),
        (inline({"domains": ["*"], "routes": [{"match": {"path": "/h"}}]}, {"domains": ["a"]}), "Inline Route: /h; a "),
        (inline({"routes": [ALL]}, {"domains": ["a"], "routes": [ALL]}), "Inline Route: /*; a /*"),
    ],
)
def test_where_a_chain_leads(chain: dict[str, Any], text: str) -> None:
    [row] = rows(at(80, chain))
    assert row["DESTINATION"] == text


@pytest.mark.parametrize(
    ("chains", "kind"),
    [
        ((tcp(),), "TCP"),
        ((http(),), "HTTP"),
        ((http(), tcp()), "HTTP+TCP"),
        ((http(), tcp("BlackHoleCluster")), "HTTP"),
        ((tcp("BlackHoleCluster"),), "UNKNOWN"),
        ((), "UNKNOWN"),
    ],
)
def test_type(chains: tuple[dict[str, Any], ...], kind: str) -> None:
    [row] = rows(at(80, *chains), verbose=False)
    assert row["TYPE"] == kind
    assert len(rows(at(80, *chains), verbose=False, type=kind.lower())) == 1


def test_the_default_chain_is_the_last_of_those_that_lead_to_the_same() -> None:
    chain = tcp(filter_chain_match={"destination_port": 1})
    found = rows(at(80, chain, default_filter_chain=tcp()))
    assert [row["MATCH"] for row in found] == ["Addr: *:1", "ALL"]


def test_rows_are_ordered_by_port_address_and_where_they_lead() -> None:
    found = rows(at(90, tcp()), at(80, tcp("b"), tcp("c"), address="2.2.2.2"), at(80, tcp(), address="1.1.1.1"))
    shown = [(row["PORT"], row["ADDRESSES"], row["DESTINATION"][-1]) for row in found]
    assert shown == [("80", "1.1.1.1", "a"), ("80", "2.2.2.2", "c"), ("80", "2.2.2.2", "b"), ("90", "0.0.0.0", "a")]


def test_other_addresses() -> None:
    pipe = {"name": "p", "address": {"pipe": {"path": "/run/x"}}, "filter_chains": [tcp()]}
    internal = {
        "name": "i",
        "address": {"envoy_internal_address": {}},
        "internal_listener": {},
        "filter_chains": [tcp()],
    }
    more = at(80, tcp(), additional_addresses=[{"address": {"socket_address": {"address": "::", "port_value": 80}}}])
    found = rows(pipe, internal, more)
    assert [(row["ADDRESSES"], row["PORT"]) for row in found] == [("", "0"), ("/run/x", "0"), ("0.0.0.0,::", "80")]
    assert [row["ADDRESSES"] for row in rows(pipe, more, address="::")] == ["0.0.0.0,::"]


def test_destination_filter_also_finds_weighted_clusters() -> None:
    weighted = {"clusters": [{"name": "x", "weight": 1}, {"name": "y", "weight": 3}]}
    shared = {"filters": [{"name": TCP_PROXY, "typed_config": {"weighted_clusters": weighted}}]}
    found = rows(at(80, tcp()), at(90, shared, tcp()), destination="y", wide=True)
    assert [(row["PORT"], row["DESTINATION"]) for row in found] == [("90", "Clusters: x 25%, y 75%")]


def test_filters_and_tls_of_a_chain() -> None:
    type_ = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"
    context = {"@type": type_, "require_client_certificate": True}
    chain = {
        **http(http_filters=[{"name": "envoy.filters.http.jwt_authn"}, {"name": "mine", "disabled": True}]),
        "name": "c",
        "transport_socket": {"name": "tls", "typed_config": context},
    }
    [row] = rows(at(80, chain, traffic_direction="INBOUND"), wide=True)
    assert (row["CHAIN"], row["TLS"], row["DIRECTION"]) == ("c", "mutual", "inbound")
    assert (row["FILTERS"], row["HTTP FILTERS"]) == ("http_connection_manager", "jwt_authn,mine(off)")


def test_what_a_chain_logs_and_traces() -> None:
    def log(kind: str, **config: Any) -> dict[str, Any]:
        return {"name": f"envoy.access_loggers.{kind}", "typed_config": {"@type": f"t/{kind}", **config}}

    service = {"grpc_service": {"envoy_grpc": {"cluster_name": "collector"}}}
    some = {**log("file", path="/dev/stdout"), "filter": {"duration_filter": {}}}
    logs = [some, log("tcp_grpc", common_config=service), log("open_telemetry", **service), log("stdout")]
    tracings = [{}, {"random_sampling": {"value": 1.5}, "provider": {"name": "envoy.tracers.zipkin"}},
                {"random_sampling": {}}]  # fmt: skip
    found = [rows(at(80, http(access_log=logs, tracing=tracing)), wide=True)[0] for tracing in tracings]
    assert [row["TRACING"] for row in found] == ["100%", "zipkin 1.5%", "0%"]
    written = "file /dev/stdout (some),tcp_grpc collector,open_telemetry collector,stdout"
    assert {row["ACCESS LOG"] for row in found} == {written}
    plain = {"filters": [{"name": TCP_PROXY, "typed_config": {"cluster": "x", "access_log": [log("file", path="/x")]}}]}
    [row] = rows(at(80, plain), wide=True)
    assert (row["ACCESS LOG"], row["TRACING"]) == ("file /x", "-")


def test_sources_that_a_chain_asks_for_are_shown_only_in_wide() -> None:
    ranges = [{"address_prefix": "10.0.0.0", "prefix_len": 8}]
    matches = [
        ({"source_type": "EXTERNAL", "transport_protocol": "tls"}, "Trans: tls", "Trans: tls; from outside"),
        ({"source_prefix_ranges": ranges, "source_ports": [1, 2]}, "ALL", "from 10.0.0.0/8; from ports 1,2"),
        ({"source_type": "SAME_IP_OR_LOOPBACK", "direct_source_prefix_ranges": ranges}, "ALL",
         "from itself; directly from 10.0.0.0/8"),
    ]  # fmt: skip
    for match, short, wide in matches:
        chain = {**tcp(), "filter_chain_match": match}
        assert [rows(at(80, chain), wide=flag)[0]["MATCH"] for flag in (False, True)] == [short, wide]


def test_listeners_that_drain_or_were_refused_are_shown_only_in_wide() -> None:
    section = made.listeners(at(80, tcp()))
    section["dynamic_listeners"][0]["draining_state"] = {"listener": at(80, tcp("old"))}
    section["dynamic_listeners"].append({"name": "bad", "error_state": {"details": "no"}})
    dump = read(made.text(section))
    wanted = Filters(every_state=True)
    table = VIEW.table(select(dump, wanted), wanted, wide=True)
    state = table.columns.index("STATE")
    assert sorted(row[state] for row in table.rows) == ["ACTIVE", "DRAINING", "REJECTED"]
    assert len(VIEW.table(select(dump, Filters()), Filters()).rows) == 1
