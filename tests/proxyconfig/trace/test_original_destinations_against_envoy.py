"""Clusters that send on to the original destination: a real Envoy reaches the address that was predicted."""

from __future__ import annotations

import json

from meshctl.proxyconfig.dump import read
from meshctl.proxyconfig.trace.connection import Connection
from meshctl.proxyconfig.trace.following import follow
from meshctl.proxyconfig.trace.listeners import ListenerChoice, active
from meshctl.proxyconfig.trace.request import Request
from tests.envoy.client import send
from tests.envoy.process import loopback, running
from tests.envoy.resources import Json, address, connection_manager, listener_filter
from tests.envoy.upstreams import upstreams

CONFIGS: dict[str, Json] = {
    "plain": {},
    "header": {"use_http_header": True},
    "named": {"use_http_header": True, "http_header_name": "x-to"},
    "port": {"upstream_port_override": 9001},
    "both": {"use_http_header": True, "upstream_port_override": 9001},
}


def test_the_address_is_that_of_the_connection_or_of_a_header() -> None:
    own = loopback()
    clusters = [
        {"name": name, "type": "ORIGINAL_DST", "connect_timeout": "1s", "lb_policy": "CLUSTER_PROVIDED",
         "original_dst_lb_config": config}
        for name, config in CONFIGS.items()
    ]  # fmt: skip
    routes = [{"match": {"path": f"/{name}"}, "route": {"cluster": name}} for name in CONFIGS]
    hosts = [{"name": "v", "domains": ["*"], "routes": routes}]
    chain = {"filters": [connection_manager({"route_config": {"name": "r", "virtual_hosts": hosts}})]}
    listener = {"name": "in", "address": address(own, 20_000), "listener_filters": [listener_filter("proxy_protocol")],
                "filter_chains": [chain]}  # fmt: skip
    told = [(), *(((name, value),) for name in ("x-envoy-original-dst-host", "x-to")
                  for value in (f"{own}:9002", own, "junk", "a.test:9002"))]  # fmt: skip
    cases = [(name, headers) for name in CONFIGS for headers in told]
    with upstreams([(own, port) for port in (9000, 9001, 9002)]), running(
        listeners=[listener], clusters=clusters
    ) as envoy:  # fmt: skip
        dump = read(json.dumps(envoy.dump()).encode())
        via = (("10.0.0.9", 4000), (own, 9000))
        answers = [
            send((own, 20_000), "GET", f"/{name}", [("host", "h"), *headers], via=via) for name, headers in cases
        ]
    [found] = active(dump)
    wrong = []
    for (name, headers), answer in zip(cases, answers, strict=True):
        request = Request("GET", "http", "h", 80, "h", f"/{name}", headers)
        trace = follow(dump, request, Connection(own, 9000, source="10.0.0.9"), ListenerChoice(found))
        [predicted] = trace.arrivals[0].endpoints
        if json.loads(answer.body)["server"] != predicted.address:
            wrong.append((name, headers, answer.body, predicted.address))
    assert wrong == []
