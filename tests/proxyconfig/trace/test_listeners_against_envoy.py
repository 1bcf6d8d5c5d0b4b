"""Listeners: redirected connections arrive at a real Envoy as predicted, and end at the cluster that was predicted."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from dataclasses import dataclass

import pytest

from meshctl.proxyconfig.dump import ConfigDump, read
from meshctl.proxyconfig.trace.connection import Connection
from meshctl.proxyconfig.trace.following import Trace, follow
from meshctl.proxyconfig.trace.listeners import active, captured_outbound
from meshctl.proxyconfig.trace.request import Request
from tests.envoy.client import Tls, send
from tests.envoy.process import loopback, running
from tests.envoy.resources import (
    Json,
    access_log,
    address,
    cluster,
    connection_manager,
    endpoints,
    listener_filter,
    tcp_proxy,
    typed,
)
from tests.envoy.upstreams import upstreams
from tests.proxyconfig.trace.laboratory import observed, text

ADDRESSES = ("10.96.0.1", "10.96.0.2", "10.96.0.3", "10.96.9.9", "2001:db8::1", "2001:db8::9")
PORTS = (80, 443, 9090, 7000, 1234, 15001)
CLUSTERS = ("PassthroughCluster", "a", "b", "c", "a.test", "empty")


def _listener(name: str, addresses: list[tuple[str, int]], *chains: Json, **fields: object) -> Json:
    first, *more = [{"address": address(*one)} for one in addresses]
    log = access_log("log.jsonl", name)
    return {
        "name": name, **first, "additional_addresses": more, "filter_chains": list(chains), "access_log": log,
        "bind_to_port": False, "traffic_direction": "OUTBOUND", **fields,
    }  # fmt: skip


def _chain(name: str, *filters: Json, **match: object) -> Json:
    return {"name": name, "filters": list(filters), **({"filter_chain_match": match} if match else {})}


def _listeners(own: str) -> list[Json]:
    sni = {"name": "envoy.filters.network.sni_cluster",
           "typed_config": typed("filters.network.sni_cluster.v3.SniCluster")}  # fmt: skip
    routes = {"name": "http", "virtual_hosts": [{"name": "v", "domains": ["*"], "routes": [
        {"match": {"prefix": "/"}, "route": {"cluster": "a"}}]}]}  # fmt: skip
    http = connection_manager({"route_config": routes}, access_log("log.jsonl", "http"))
    tls, plain = listener_filter("tls_inspector"), listener_filter("http_inspector")
    passthrough = _chain("passthrough", tcp_proxy("PassthroughCluster"))
    return [
        _listener("virtualOutbound", [(own, 15001)], _chain("blackhole", tcp_proxy("empty"), destination_port=15001),
                  _chain("catchall", tcp_proxy("PassthroughCluster")), bind_to_port=True, use_original_dst=True,
                  listener_filters=[listener_filter("proxy_protocol")]),
        _listener("10.96.0.1_80", [("10.96.0.1", 80)], _chain("own", tcp_proxy("b"))),
        _listener("two", [("10.96.0.2", 443), ("10.96.0.3", 443), ("2001:db8::1", 443)],
                  _chain("sni", sni, tcp_proxy("c"), server_names=["*.test"], transport_protocol="tls"),
                  _chain("weighted", tcp_proxy({"b": 1, "c": 3})), listener_filters=[tls]),
        _listener("0.0.0.0_80", [("0.0.0.0", 80)],
                  _chain("http", http, transport_protocol="raw_buffer", application_protocols=["http/1.1", "h2c"]),
                  default_filter_chain=passthrough, listener_filters=[plain]),
        _listener("any_9090", [("0.0.0.0", 9090), ("::", 9090)], _chain("both", tcp_proxy("c"))),
        _listener("v6_7000", [("::", 7000)], _chain("six", tcp_proxy("b"))),
    ]  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A connection, its way as predicted, and the line of Envoy's log."""

    trace: Trace
    line: Json


def _predicted(dump: ConfigDump, connection: Connection) -> Trace:
    request = Request("GET", "http", "x", connection.port, "x", "/")
    return follow(dump, request, connection, captured_outbound(list(active(dump)), connection))


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    own = loopback()
    hosts = {name: (own, 9000 + index) for index, name in enumerate(CLUSTERS[:-1])}
    with upstreams(list(hosts.values())), running(
        listeners=_listeners(own),
        clusters=[*(cluster(name) for name in hosts), {"name": "empty"}],
        endpoints=[endpoints(name, where) for name, where in hosts.items()],
    ) as envoy:  # fmt: skip
        dump = read(json.dumps(envoy.dump()).encode())
        sent = []
        asked = itertools.product(ADDRESSES, PORTS, (None, "a.test", "b.org"), range(3))
        for destination, port, name, _ in asked:
            source = "2001:db8::5" if ":" in destination else "10.1.1.1"
            connection = Connection(destination, port, source, 1000, name is not None, server_name=name or "",
                                    protocols=("http/1.1",))  # fmt: skip
            tls = Tls(name, ("http/1.1",)) if name else None
            via = (source, 1000), (destination, port)
            sent.append((connection, send((own, 15001), headers=[("host", "x")], tls=tls, via=via)))
        log = observed(str(envoy.folder / "log.jsonl"), [answer.port for _, answer in sent])
        return [Case(_predicted(dump, connection), log[answer.port]) for connection, answer in sent]


def test_every_connection_ends_where_predicted(cases: list[Case]) -> None:
    for case in cases:
        trace, line = case.trace, case.line
        assert trace.listener.listener is not None
        chain = trace.chain.chain.name if trace.chain and trace.chain.chain else ""
        assert line["listener"] in (trace.listener.listener.name, trace.protocol), case
        assert text(line["chain"]) == chain, case
        if not trace.reason:
            assert text(line["cluster"]) in {one.target.cluster for one in trace.arrivals}, case
            assert text(line["upstream"]) in {host.address for one in trace.arrivals for host in one.endpoints}, case


def test_every_listener_and_chain_was_reached_often(cases: list[Case]) -> None:
    reached = Counter(text(case.line["chain"]) for case in cases)
    wanted = {"blackhole", "catchall", "own", "weighted", "http", "passthrough", "both", "six"}
    few = {name: reached[name] for name in wanted if reached[name] < 9}
    assert few == {}
    handed_over = Counter(case.trace.listener.captured_by is not None for case in cases)
    assert min(handed_over.values()) >= 20
