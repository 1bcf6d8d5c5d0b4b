"""Filter chains: a real Envoy gives each of thousands of connections the chain that was predicted."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from meshctl.proxyconfig.dump import ConfigDump, read
from meshctl.proxyconfig.trace import filter_chains
from meshctl.proxyconfig.trace.connection import Connection, detect
from meshctl.proxyconfig.trace.filter_chains import ChainChoice
from meshctl.proxyconfig.trace.listeners import active
from tests.envoy.client import Tls, send
from tests.envoy.process import loopback, running
from tests.envoy.resources import Json, access_log, address, listener_filter, typed
from tests.proxyconfig.trace.laboratory import observed, text

PORTS = (8080, 9090, 7000, 443)
DESTINATIONS = ("10.0.0.1", "10.0.1.1", "10.1.0.1", "192.0.2.1", "2001:db8::1", "127.0.0.5")
SOURCES = ("10.0.0.1", "10.9.0.1", "127.0.0.1", "192.0.2.9", "2001:db8::1", "127.0.0.5")
RANGES = ("10.0.0.0/8", "10.0.0.0/16", "10.0.0.0/24", "10.0.0.1/32", "192.0.2.0/24", "2001:db8::/32", "127.0.0.0/8")
NAMES = ("a.test", "*.test", "b.a.test", "*.a.test", "*.org", "x.org")
ASKED_NAMES = ("a.test", "b.a.test", "c.b.a.test", "x.org", "y.org", "other", "A.Test", "")
PROTOCOLS = ("istio", "istio-http/1.1", "http/1.1", "h2", "http/1.0", "h2c")
OFFERS = (("istio-http/1.1", "istio", "http/1.1"), ("h2", "http/1.1"), ("http/1.1",), ("x", "h2"), ())


def _range(text_: str) -> Json:
    prefix, _, length = text_.partition("/")
    return {"address_prefix": prefix, "prefix_len": int(length)}


def _match(rng: random.Random) -> Json:
    """A match of a few criteria."""
    found: Json = {}
    if rng.random() < 0.4:
        found["destination_port"] = rng.choice(PORTS[:3])
    if rng.random() < 0.35:
        found["prefix_ranges"] = [_range(one) for one in rng.sample(RANGES, rng.choice([1, 1, 2]))]
    if rng.random() < 0.35:
        found["server_names"] = rng.sample(NAMES, rng.choice([1, 1, 2]))
    if rng.random() < 0.35:
        found["transport_protocol"] = rng.choice(["tls", "raw_buffer"])
    if rng.random() < 0.35:
        found["application_protocols"] = rng.sample(PROTOCOLS, rng.choice([1, 2, 3]))
    if rng.random() < 0.15:
        found["source_type"] = rng.choice(["SAME_IP_OR_LOOPBACK", "EXTERNAL"])
    if rng.random() < 0.2:
        found["source_prefix_ranges"] = [_range(rng.choice(RANGES))]
    if rng.random() < 0.15:
        found["source_ports"] = rng.sample([1111, 2222], 1)
    return found


def _chains(rng: random.Random, listener: str, log: list[Json]) -> list[Json]:
    """Chains of which no two can be equal in all criteria, as Envoy would refuse them."""
    filters = [{"name": "answer", "typed_config": typed("filters.network.direct_response.v3.Config",
                                                         response={"inline_string": "x"})}]  # fmt: skip
    found: list[Json] = []
    taken: list[set[tuple[str, ...]]] = []
    while len(found) < 9:
        match = _match(rng)
        values = _values(match)
        if any(values & other for other in taken):
            continue
        taken.append(values)
        found.append({"name": f"{listener}/{len(found)}", "filter_chain_match": match, "filters": filters})
    return found


def _values(match: Json) -> set[tuple[str, ...]]:
    """Every combination of single values that a match stands for."""
    combinations: set[tuple[str, ...]] = {()}
    for key in ("destination_port", "prefix_ranges", "server_names", "transport_protocol", "application_protocols",
                "source_type", "source_prefix_ranges", "source_ports"):  # fmt: skip
        value = match.get(key, "")
        values = [str(one) for one in value] if isinstance(value, list) else [str(value)]
        combinations = {(*before, one) for before in combinations for one in values}
    return combinations


@dataclass(frozen=True)
class Case:
    """A connection, the chain predicted for it, and the one that Envoy gave it."""

    listener: str
    connection: Connection
    choice: ChainChoice
    taken: str


INSPECTORS: Sequence[Sequence[str]] = (("tls_inspector", "http_inspector"), ("tls_inspector",), ("http_inspector",), ())


def _listeners(rng: random.Random, own: str) -> list[Json]:
    found: list[Json] = []
    disabled = {"or_match": {"rules": [
        {"destination_port_range": {"start": 9090, "end": 9091}},
        {"not_match": {"destination_port_range": {"start": 0, "end": 60000}}},
    ]}}  # fmt: skip
    for number in range(32):
        name = f"l{number}"
        log = access_log("log.jsonl", name)
        kinds = INSPECTORS[0 if number < 20 else number % 4]
        filters = [listener_filter("proxy_protocol")]
        filters += [
            listener_filter(kind, **({"filter_disabled": disabled} if number % 5 == 4 else {})) for kind in kinds
        ]
        listener: Json = {
            "name": name, "address": address(own, 20_000 + number), "listener_filters": filters,
            "filter_chains": _chains(rng, name, log), "access_log": log,
        }  # fmt: skip
        if number % 2:
            listener["default_filter_chain"] = {**listener["filter_chains"][0], "name": f"{name}/default"}
            del listener["default_filter_chain"]["filter_chain_match"]
        found.append(listener)
    return found


def _connection(rng: random.Random) -> Connection:
    family = rng.choice([":", "."])
    destination = rng.choice([one for one in DESTINATIONS if family in one])
    source = rng.choice([one for one in SOURCES if family in one])
    tls = rng.random() < 0.6
    return Connection(
        destination,
        rng.choice(PORTS),
        source,
        rng.choice([1111, 2222, 3333]),
        tls,
        server_name=rng.choice(ASKED_NAMES) if tls else "",
        protocols=rng.choice(OFFERS) if tls else ("http/1.1",),
    )


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    rng = random.Random(11)
    own = loopback()
    listeners = _listeners(rng, own)
    with running(listeners=listeners) as envoy:
        dump = read(json.dumps(envoy.dump()).encode())
        sent = []
        for number in range(len(listeners)):
            for _ in range(90):
                connection = _connection(rng)
                tls = Tls(connection.server_name, connection.protocols) if connection.tls else None
                via = (connection.source, connection.source_port), (connection.destination, connection.port)
                answer = send((own, 20_000 + number), headers=[("host", "x")], tls=tls, via=via)
                sent.append((f"l{number}", connection, answer.port))
        log = observed(str(envoy.folder / "log.jsonl"), [port for _, _, port in sent])
        return [
            Case(name, connection, _predicted(dump, name, connection), text(log[port]["chain"]))
            for name, connection, port in sent
        ]


def _predicted(dump: ConfigDump, name: str, connection: Connection) -> ChainChoice:
    listener = next(one for one in active(dump) if one.name == name)
    return filter_chains.choose(listener, detect(listener, connection))


def test_every_connection_gets_the_chain_predicted(cases: list[Case]) -> None:
    wrong = [case for case in cases if case.taken != (case.choice.chain.name if case.choice.chain else "")]
    assert wrong == []


def test_every_criterion_decided_often(cases: list[Case]) -> None:
    fitted: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for case in cases:
        chain = case.choice.chain
        if chain is None or case.choice.default:
            fitted["default" if chain else "none"] += 1
        else:
            match = chain.filter_chain_match
            fitted.update(name for name in match.__struct_fields__ if getattr(match, name) not in (None, [], "", "ANY"))
        lost.update({one.criterion for one in case.choice.lost})
    wanted = {"destination_port", "prefix_ranges", "server_names", "transport_protocol", "application_protocols",
              "source_type", "source_prefix_ranges", "source_ports", "default", "none"}  # fmt: skip
    assert {name: fitted[name] for name in wanted if fitted[name] < 20} == {}
    assert {name: count for name, count in lost.items() if count < 20} == {}
