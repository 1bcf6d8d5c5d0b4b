"""Routes: thousands of requests of every kind take the way through a real Envoy that was predicted from its dump."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass

import pytest

from meshctl.proxyconfig.dump import ConfigDump, read
from meshctl.proxyconfig.trace.connection import Connection
from meshctl.proxyconfig.trace.following import Trace, follow
from meshctl.proxyconfig.trace.listeners import ListenerChoice, active, at
from meshctl.proxyconfig.trace.request import Request
from tests.envoy.client import OWN, Answer, send
from tests.envoy.process import loopback, running
from tests.envoy.resources import Json, access_log, address, cluster, connection_manager, endpoints, rds
from tests.envoy.upstreams import upstreams
from tests.proxyconfig.trace.generated_routes import Asked, Mesh, mesh
from tests.proxyconfig.trace.laboratory import observed, text

CLUSTERS = ("outbound|80|v1|a.shop.svc.cluster.local", "outbound|80|v2|a.shop.svc.cluster.local", "outbound|81||b.io")


@dataclass(frozen=True)
class Case:
    """A request, what was predicted of it, and what became of it."""

    asked: Asked
    trace: Trace
    answer: Answer
    line: Json

    def __str__(self) -> str:
        lost = [f"{one.route.name}: {'; '.join(doubt.reason for doubt in one.doubts)}" for one in self.trace.verdicts]
        return "\n".join([str(self.asked), str(self.line), f"status {self.trace.status} {self.trace.reason}", *lost])


def predicted(dump: ConfigDump, asked: Asked, where: tuple[str, int]) -> Trace:
    request = Request(asked.method, "http", asked.host, where[1], asked.host, asked.path, tuple(asked.headers))
    connection = Connection(where[0], where[1], source=OWN, protocols=("http/1.1",))
    listener = at(list(active(dump)), connection)
    return follow(dump, request, connection, ListenerChoice(listener))


def run(found: Mesh, manager: Json | None = None, routes: Json | None = None) -> list[Case]:
    own = loopback()
    hosts = {name: [(own, 9000 + index * 10 + one) for one in range(2)] for index, name in enumerate(CLUSTERS)}
    configuration = {"name": "80", "virtual_hosts": found.virtual_hosts, **(routes or {})}
    chain = {"filters": [connection_manager(rds("80"), access_log("log.jsonl", "in"), **(manager or {}))]}
    with (
        upstreams([where for pair in hosts.values() for where in pair]),
        running(
            listeners=[{"name": "in", "address": address(own, 15001), "filter_chains": [chain]}],
            routes=[configuration],
            clusters=[*(cluster(name) for name in CLUSTERS), {"name": "empty", "connect_timeout": "1s"}],
            endpoints=[endpoints(name, *pair) for name, pair in hosts.items()],
        ) as envoy,
    ):
        where = (own, 15001)
        answers = [send(where, one.method, one.path, [("host", one.host), *one.headers]) for one in found.requests]
        log = observed(str(envoy.folder / "log.jsonl"), [answer.port for answer in answers])
        dump = read(json.dumps(envoy.dump()).encode())
        return [
            Case(asked, predicted(dump, asked, where), answer, log[answer.port])
            for asked, answer in zip(found.requests, answers, strict=True)
        ]


@pytest.fixture(scope="module")
def generated() -> tuple[Mesh, list[Case]]:
    found = mesh(seed=7, hosts=170, clusters=CLUSTERS)
    return found, run(found)


def check(case: Case) -> None:
    """Compares all that Envoy tells about a request with what was predicted."""
    trace = case.trace
    name = text(case.line["route"])
    assert name == (trace.taken.route.name if trace.taken else ""), case
    if trace.status:
        assert case.line["status"] == trace.answer, case
    if trace.action is not None and trace.action.location:
        assert case.answer.header("location") == trace.action.location, case
    if trace.arrivals and not trace.reason:
        shares = {one.target.cluster for one in trace.arrivals if one.target.share}
        assert text(case.line["cluster"]) in shares, case
        hosts = {found.address for one in trace.arrivals for found in one.endpoints}
        assert text(case.line["upstream"]) in hosts, case
        assert trace.action is not None
        assert json.loads(case.answer.body)["request"].split()[1] == trace.action.path, case


def test_every_request_takes_the_way_predicted(generated: tuple[Mesh, list[Case]]) -> None:
    for case in generated[1]:
        check(case)


def test_every_kind_of_route_was_taken_often(generated: tuple[Mesh, list[Case]]) -> None:
    found, cases = generated
    taken = Counter(kind for case in cases for kind in found.kinds.get(text(case.line["route"]), {"no route"}))
    kinds = {kind for kinds in found.kinds.values() for kind in kinds} | {"no route"}
    never = {"share 0", "header exact of two"} - taken.keys()
    assert {kind: taken[kind] for kind in sorted(kinds - never) if taken[kind] < 20} == {}


def test_hosts_that_require_tls_send_plain_requests_there() -> None:
    route = {"match": {"prefix": "/"}, "direct_response": {"status": 200}}
    host = {"name": "v", "domains": ["*"], "require_tls": "ALL", "routes": [route]}
    requests = [Asked("x.test", path="/a?b=c"), Asked("x.test:80"), Asked("x.test:8080", path="/")]
    for case in run(Mesh(virtual_hosts=[host], requests=requests)):
        assert case.trace.action is not None
        assert (case.answer.status, case.answer.header("location")) == (301, case.trace.action.location), case


@pytest.mark.parametrize("trusted", [0, 1])
@pytest.mark.parametrize("edge", [True, False])
def test_what_a_proxy_in_front_says_of_the_scheme(edge: bool, trusted: int) -> None:
    def route(name: str, **match: object) -> Json:
        return {"name": name, "match": {"prefix": "/", **match}, "direct_response": {"status": 200}}

    secure = {"name": ":scheme", "string_match": {"exact": "https"}}
    told = {"name": "x-forwarded-proto", "string_match": {"exact": "https"}}
    hosts: list[Json] = [
        {"name": "all", "domains": ["all.test"], "require_tls": "ALL", "routes": [route("secure")]},
        {"name": "moved", "domains": ["moved.test"], "routes": [
            {"match": {"prefix": "/"}, "redirect": {"host_redirect": "new.test"}}]},
        {"name": "scheme", "domains": ["scheme.test"], "routes": [route("https", headers=[secure]), route("other")]},
        {"name": "told", "domains": ["told.test"], "routes": [route("https", headers=[told]), route("other")]},
    ]  # fmt: skip
    requests = [
        Asked(host, headers=(("x-forwarded-proto", proto),) if proto else ())
        for host in ("all.test", "moved.test", "scheme.test", "told.test")
        for proto in ("http", "https", "HTTPS", "ftp", "")
    ]
    manager = {"use_remote_address": edge, "xff_num_trusted_hops": trusted}
    for case in run(Mesh(virtual_hosts=hosts, requests=requests), manager):
        check(case)
