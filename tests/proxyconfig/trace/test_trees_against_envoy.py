"""Trees of matches: a real Envoy gives connections the chains, and requests the routes, that were predicted."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Mapping

import pytest

from meshctl.proxyconfig.dump import read
from meshctl.proxyconfig.trace import filter_chains
from meshctl.proxyconfig.trace.connection import Connection, detect
from meshctl.proxyconfig.trace.filter_chains import ChainChoice
from meshctl.proxyconfig.trace.listeners import active
from tests.envoy.client import Tls, send
from tests.envoy.process import loopback, running
from tests.envoy.resources import Json, access_log, address, listener_filter, typed
from tests.proxyconfig.trace.generated_routes import Asked, Mesh
from tests.proxyconfig.trace.laboratory import observed, text
from tests.proxyconfig.trace.test_routes_against_envoy import Case, check, run

PORTS = (8080, 9090, 443)
DESTINATIONS = ("10.0.0.1", "10.0.1.1", "192.0.2.1", "127.0.0.5")
SOURCES = ("10.0.0.1", "127.0.0.1", "192.0.2.9", "127.0.0.5")
RANGES = ("10.0.0.0/8", "10.0.0.0/24", "10.0.0.1/32", "192.0.2.0/24", "127.0.0.0/8")
NAMES = ("a.test", "b.a.test", "x.org", "")
OFFERS = (("istio", "http/1.1"), ("h2", "http/1.1"), ("http/1.1",))
CHAINS = tuple(f"chain {number}" for number in range(6))

Leaf = Callable[[random.Random], Json]


def _network(kind: str) -> Json:
    return {"name": kind, "typed_config": typed(f"matching.common_inputs.network.v3.{kind}")}


def _of_http(kind: str, **fields: str) -> Json:
    return {"name": kind, "typed_config": {"@type": f"type.googleapis.com/envoy.type.matcher.v3.{kind}", **fields}}


NETWORK: Mapping[str, tuple[Json, tuple[str, ...]]] = {
    "port": (_network("DestinationPortInput"), ("8080", "9090", "443")),
    "name": (_network("ServerNameInput"), ("a.test", "b.a.test", "x.org")),
    "transport": (_network("TransportProtocolInput"), ("tls", "raw_buffer")),
    "protocols": (_network("ApplicationProtocolInput"), ("'h2','http/1.1'", "'istio','http/1.1'", "'http/1.1'")),
    "type": (_network("SourceTypeInput"), ("local",)),
    "source port": (_network("SourcePortInput"), ("1111", "2222")),
}
HTTP: Mapping[str, tuple[Json, tuple[str, ...]]] = {
    "header": (_of_http("HttpRequestHeaderMatchInput", header_name="x-tenant"), ("red", "blue", "red,blue")),
    "method": (_of_http("HttpRequestHeaderMatchInput", header_name=":method"), ("GET", "POST")),
    "path": (_of_http("HttpRequestHeaderMatchInput", header_name=":path"), ("/", "/api", "/api/x?q=a%20b")),
}


def _on_match(rng: random.Random, inputs: Mapping[str, tuple[Json, tuple[str, ...]]], leaf: Leaf, depth: int) -> Json:
    return {"matcher": _tree(rng, inputs, leaf, depth + 1)} if depth < 2 and rng.random() < 0.5 else leaf(rng)


def _predicate(rng: random.Random, inputs: Mapping[str, tuple[Json, tuple[str, ...]]], depth: int = 0) -> Json:
    form = rng.choice(("single", "single", "or", "and", "not")) if depth < 2 else "single"
    if form == "not":
        return {"not_matcher": _predicate(rng, inputs, depth + 1)}
    if form != "single":
        return {f"{form}_matcher": {"predicate": [_predicate(rng, inputs, depth + 1) for _ in range(2)]}}
    looked, values = inputs[rng.choice(sorted(inputs))]
    value = rng.choice(values)
    how: Json = rng.choice([{"exact": value}, {"prefix": value[:2]}, {"suffix": value[-2:]}, {"contains": value[1:3]},
                      {"safe_regex": {"google_re2": {}, "regex": f"{value[:1]}.*"}}])  # fmt: skip
    return {"single_predicate": {"input": looked, "value_match": {key: one or "a" for key, one in how.items()}}}


def _tree(rng: random.Random, inputs: Mapping[str, tuple[Json, tuple[str, ...]]], leaf: Leaf, depth: int = 0) -> Json:
    forms = ("list", "exact", "prefix") + (("ranges",) if inputs is NETWORK else ())
    form = rng.choice(forms)
    found: Json = {}
    looked, values = inputs[rng.choice(sorted(inputs))]
    if form == "list":
        matchers = [{"predicate": _predicate(rng, inputs), "on_match": _on_match(rng, inputs, leaf, depth)}
                    for _ in range(3)]  # fmt: skip
        found["matcher_list"] = {"matchers": matchers}
    elif form == "exact":
        entries = {value: _on_match(rng, inputs, leaf, depth) for value in values}
        found["matcher_tree"] = {"input": looked, "exact_match_map": {"map": entries}}
    elif form == "prefix":
        beginnings = {value[:length] for value in values for length in (1, 3)}
        entries = {value: _on_match(rng, inputs, leaf, depth) for value in sorted(beginnings)}
        found["matcher_tree"] = {"input": looked, "prefix_match_map": {"map": entries}}
    else:
        spans = [{"ranges": [{"address_prefix": one.partition("/")[0], "prefix_len": int(one.partition("/")[2])}],
                  "on_match": _on_match(rng, inputs, leaf, depth), "exclusive": rng.random() < 0.3}
                 for one in rng.sample(RANGES, 3)]  # fmt: skip
        config = {"@type": "type.googleapis.com/xds.type.matcher.v3.IPMatcher", "range_matchers": spans}
        source = _network(rng.choice(("DestinationIPInput", "SourceIPInput")))
        found["matcher_tree"] = {"input": source, "custom_match": {"name": "ip", "typed_config": config}}
    if rng.random() < 0.5:
        found["on_no_match"] = leaf(rng)
    return found


def _chain_leaf(rng: random.Random) -> Json:
    name = rng.choice((*CHAINS, "none such"))
    return {"action": {"name": name, "typed_config": {"@type": "type.googleapis.com/google.protobuf.StringValue",
                                                      "value": name}}}  # fmt: skip


def _listener(rng: random.Random, own: str, number: int) -> Json:
    answer = {"name": "answer", "typed_config": typed("filters.network.direct_response.v3.Config",
                                                      response={"inline_string": "x"})}  # fmt: skip
    name = f"l{number}"
    found: Json = {
        "name": name, "address": address(own, 20_000 + number), "access_log": access_log("log.jsonl", name),
        "listener_filters": [listener_filter(kind) for kind in ("proxy_protocol", "tls_inspector", "http_inspector")],
        "filter_chains": [{"name": chain, "filters": [answer]} for chain in CHAINS],
        "filter_chain_matcher": _tree(rng, NETWORK, _chain_leaf),
    }  # fmt: skip
    if number % 2:
        found["default_filter_chain"] = {"name": "default", "filters": [answer]}
    return found


@pytest.fixture(scope="module")
def connections() -> list[tuple[Connection, ChainChoice, str]]:
    rng = random.Random(5)
    own = loopback()
    listeners = [_listener(rng, own, number) for number in range(40)]
    with running(listeners=listeners) as envoy:
        known = {one.name: one for one in active(read(json.dumps(envoy.dump()).encode()))}
        sent = []
        for number in range(len(listeners)):
            for _ in range(30):
                tls = rng.random() < 0.6
                connection = Connection(
                    rng.choice(DESTINATIONS), rng.choice(PORTS), rng.choice(SOURCES), rng.choice((1111, 2222, 3333)),
                    tls, server_name=rng.choice(NAMES) if tls else "",
                    protocols=rng.choice(OFFERS) if tls else ("http/1.1",),
                )  # fmt: skip
                how = Tls(connection.server_name, connection.protocols) if tls else None
                via = (connection.source, connection.source_port), (connection.destination, connection.port)
                answer = send((own, 20_000 + number), headers=[("host", "x")], tls=how, via=via)
                sent.append((known[f"l{number}"], connection, answer.port))
        log = observed(str(envoy.folder / "log.jsonl"), [port for _, _, port in sent])
        return [
            (connection, filter_chains.choose(listener, detect(listener, connection)), text(log[port]["chain"]))
            for listener, connection, port in sent
        ]


def test_every_connection_gets_the_chain_at_the_end_of_its_way(
    connections: list[tuple[Connection, ChainChoice, str]],
) -> None:
    wrong = [one for one in connections if one[2] != (one[1].chain.name if one[1].chain else "") or one[1].doubt]
    assert wrong == []


def test_every_end_was_reached_often(connections: list[tuple[Connection, ChainChoice, str]]) -> None:
    reached = Counter(taken for _, _, taken in connections)
    assert {name: reached[name] for name in (*CHAINS, "default", "") if reached[name] < 20} == {}


def _route_leaf(number: int) -> Leaf:
    def leaf(rng: random.Random) -> Json:
        def route(name: str) -> Json:
            match: Json = {"prefix": rng.choice(("/", "/", "/api"))}
            if rng.random() < 0.3:
                match["headers"] = [{"name": "x-tenant", "string_match": {"exact": "red"}}]
            return {"name": name, "match": match, "direct_response": {"status": rng.choice((200, 201, 403))}}

        name = f"{number}.{rng.randrange(10_000)}"
        kind = "type.googleapis.com/envoy.config.route.v3.Route"
        config = {"@type": kind, **route(name)}
        if rng.random() < 0.4:
            config = {"@type": f"{kind}List", "routes": [route(f"{name}a"), route(f"{name}b")]}
        return {"action": {"name": name, "typed_config": config}}

    return leaf


@pytest.fixture(scope="module")
def requests() -> list[Case]:
    rng = random.Random(6)
    hosts = [{"name": f"v{number}", "domains": [f"h{number}.test"], "matcher": _tree(rng, HTTP, _route_leaf(number))}
             for number in range(40)]  # fmt: skip
    asked = [
        Asked(
            f"h{number}.test",
            method=rng.choice(("GET", "POST")),
            path=rng.choice(("/", "/api", "/api/x?q=a%20b", "/other?q=x&q=y", "/api?r=1")),
            headers=tuple(("x-tenant", value) for value in rng.choice(((), ("red",), ("blue",), ("red", "blue")))),
        )
        for number in range(len(hosts))
        for _ in range(20)
    ]
    return run(Mesh(virtual_hosts=hosts, requests=asked))


def test_every_request_takes_the_route_at_the_end_of_its_way(requests: list[Case]) -> None:
    for case in requests:
        check(case)


def test_routes_of_trees_are_taken_and_missed_often(requests: list[Case]) -> None:
    taken = Counter("list" if text(case.line["route"])[-1:] in ("a", "b") else
                    "single" if text(case.line["route"]) else "none" for case in requests)  # fmt: skip
    assert min(taken[kind] for kind in ("list", "single", "none")) >= 50
