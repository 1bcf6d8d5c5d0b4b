"""Requests to a pod: plain, by TLS and by mutual TLS, end in a real Envoy as predicted."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from meshctl.proxyconfig.dump import ConfigDump, read
from meshctl.proxyconfig.trace.connection import Connection
from meshctl.proxyconfig.trace.following import Trace, follow
from meshctl.proxyconfig.trace.listeners import active, captured_inbound
from meshctl.proxyconfig.trace.request import Request
from tests.envoy.certificates import Authority
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
    tls_context,
)
from tests.envoy.upstreams import upstreams
from tests.proxyconfig.trace.laboratory import observed, text

POD = "10.0.0.14"
PORTS = (8080, 9090, 9443, 7000, 5555, 15006)
ISTIO = ("istio-http/1.1", "istio", "http/1.1")
OFFERS = (ISTIO, ("istio",), ("http/1.1",), ())
CLUSTERS = ("inbound|8080||", "inbound|9090||", "inbound|7000||", "InboundPassthroughCluster")


def _http(name: str) -> Json:
    routes = [{"name": f"{name}/default", "match": {"prefix": "/"}, "route": {"cluster": name}}]
    config = {"name": name, "virtual_hosts": [{"name": f"inbound|http|{name}", "domains": ["*"], "routes": routes}]}
    return connection_manager({"route_config": config}, access_log("log.jsonl", "http"))


def _listener(own: str, authority: Authority) -> Json:
    pair = authority.workload("orders")
    mutual = {"transport_socket": tls_context(pair, "h2", "http/1.1", trusted=authority.root)}
    simple = {"transport_socket": tls_context(pair, "http/1.1")}
    istio = {"transport_protocol": "tls", "application_protocols": ["istio", "istio-http/1.1", "istio-h2"]}

    plain, encrypted = {"transport_protocol": "raw_buffer"}, {"transport_protocol": "tls"}

    def chain(name: str, filter_: Json, match: Json, **fields: object) -> Json:
        return {"name": name, "filter_chain_match": match, "filters": [filter_], **fields}

    return {
        "name": "virtualInbound", "address": address(own, 15006), "traffic_direction": "INBOUND",
        "listener_filters": [listener_filter("proxy_protocol"), listener_filter("tls_inspector")],
        "access_log": access_log("log.jsonl", "virtualInbound"),
        "filter_chains": [
            chain("blackhole", tcp_proxy("gone"), {"destination_port": 15006}),
            chain("catchall-http", _http("InboundPassthroughCluster"),
                  {"transport_protocol": "tls", "application_protocols": ["istio-http/1.1"]}, **mutual),
            chain("catchall", tcp_proxy("InboundPassthroughCluster"), {"transport_protocol": "tls"}, **mutual),
            chain("8080-mutual", _http("inbound|8080||"), {"destination_port": 8080, **istio}, **mutual),
            chain("8080-plain", _http("inbound|8080||"), {"destination_port": 8080, **plain}),
            chain("9090-mutual", _http("inbound|9090||"), {"destination_port": 9090, **encrypted}, **mutual),
            chain("9443-simple", _http("inbound|9090||"), {"destination_port": 9443}, **simple),
            chain("7000", tcp_proxy("inbound|7000||"), {"destination_port": 7000}),
        ],
    }  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A request, its way as predicted, the status that came back, and the line of Envoy's log."""

    trace: Trace
    status: int
    line: Json


def _predicted(dump: ConfigDump, connection: Connection) -> Trace:
    request = Request("GET", "http", "orders", connection.port, "orders", "/")
    return follow(dump, request, connection, captured_inbound(list(active(dump)), connection))


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    own, authority = loopback(), Authority()
    certificate = authority.workload("web").files(Path(tmp_path_factory.mktemp("certificates")))
    hosts = {name: (own, 9000 + index) for index, name in enumerate(CLUSTERS)}
    with upstreams(list(hosts.values())), running(
        listeners=[_listener(own, authority)],
        clusters=[cluster(name) for name in hosts],
        endpoints=[endpoints(name, where) for name, where in hosts.items()],
    ) as envoy:  # fmt: skip
        dump = read(json.dumps(envoy.dump()).encode())
        sent = []
        for port, offer, kind, _ in itertools.product(PORTS, OFFERS, ("plain", "simple", "mutual"), range(3)):
            tls = None if kind == "plain" else Tls("orders", offer, certificate if kind == "mutual" else None)
            connection = Connection(
                POD, port, "10.0.0.9", 1000, kind != "plain", kind == "mutual", "orders" if tls else "",
                offer if tls else ("http/1.1",),
            )  # fmt: skip
            via = ("10.0.0.9", 1000), (POD, port)
            sent.append((connection, send((own, 15006), headers=[("host", "orders")], tls=tls, via=via)))
        log = observed(str(envoy.folder / "log.jsonl"), [answer.port for _, answer in sent])
        return [Case(_predicted(dump, one), answer.status, log[answer.port]) for one, answer in sent]


def test_every_request_ends_as_predicted(cases: list[Case]) -> None:
    for case in cases:
        trace, line = case.trace, case.line
        chain = trace.chain.chain.name if trace.chain and trace.chain.chain else ""
        assert text(line["chain"]) == chain, case
        assert text(line["route"]) == (trace.taken.route.name if trace.taken else ""), case
        if trace.reason:
            assert case.status == trace.status, case
        else:
            assert text(line["cluster"]) in {one.target.cluster for one in trace.arrivals}, case


def test_each_outcome_was_seen_often(cases: list[Case]) -> None:
    outcomes = Counter(case.trace.reason.partition(":")[0] for case in cases)
    wanted = {
        "", "no filter chain fits", "the filter chain wants a client certificate",
        "the filter chain wants TLS, and the connection is plain text",
    }  # fmt: skip
    assert {outcome for outcome, count in outcomes.items() if count >= 9} >= wanted
