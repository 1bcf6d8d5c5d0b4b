"""Routes by scope: a real Envoy takes the routes of the scope that was predicted."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from dataclasses import dataclass

import pytest

from meshctl.proxyconfig import sections
from meshctl.proxyconfig.dump import read
from meshctl.proxyconfig.trace.following import Trace
from meshctl.proxyconfig.trace.question import Question, answer
from meshctl.proxyconfig.trace.request import parse
from tests.envoy.client import send
from tests.envoy.process import loopback, running
from tests.envoy.resources import Json, address, connection_manager
from tests.proxyconfig import made

TENANTS = ("red", "blue", "", None, "a=red;b=blue", "x;b=red", "b=blue=1;red", "red,blue")

BUILDERS: dict[str, list[Json]] = {
    "whole": [{"name": "x-tenant", "index": 0}],
    "second": [{"name": "x-tenant", "element_separator": ";", "index": 1}],
    "named": [{"name": "x-tenant", "element_separator": ";", "element": {"separator": "=", "key": "b"}}],
    "two": [{"name": "x-tenant", "index": 0}, {"name": "x-zone", "index": 0}],
    "host": [{"name": ":authority", "index": 0}],
}
KEYS: dict[str, list[list[str]]] = {
    "whole": [["red"], ["blue"]],
    "second": [["b=blue"], ["red"], ["b=red"]],
    "named": [["red"], ["blue"], ["blue=1"]],
    "two": [["red", "1"], ["blue", "1"], ["red", "2"]],
    "host": [["a.test"]],
}


def _scope(builder: str, number: int, key: list[str]) -> Json:
    name = f"{builder}-{number}"
    routes = [{"name": name, "match": {"prefix": "/"}, "direct_response": {"status": 210 + number}}]
    return {
        "name": name,
        "route_configuration": {"name": name, "virtual_hosts": [{"name": "v", "domains": ["*"], "routes": routes}]},
        "key": {"fragments": [{"string_key": part} for part in key]},
    }


def _listener(own: str, port: int, builder: str) -> Json:
    scopes = [_scope(builder, number, key) for number, key in enumerate(KEYS[builder])]
    extractors = [{"header_value_extractor": one} for one in BUILDERS[builder]]
    scoped = {"name": builder, "scope_key_builder": {"fragments": extractors},
              "scoped_route_configurations_list": {"scoped_route_configurations": scopes}}  # fmt: skip
    manager = connection_manager({"scoped_routes": scoped})
    return {"name": builder, "address": address(own, port), "filter_chains": [{"filters": [manager]}]}


@dataclass(frozen=True)
class Case:
    """A request, its way as predicted, and the status that came back."""

    trace: Trace
    status: int


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    own = loopback()
    ports = {builder: 8080 + number for number, builder in enumerate(BUILDERS)}
    with running(listeners=[_listener(own, port, builder) for builder, port in ports.items()]) as envoy:
        dump = read(json.dumps(envoy.dump()).encode())
        found = []
        asked = itertools.product(ports.values(), TENANTS, ("1", "2", None), ("a.test", "b.test"))
        for port, tenant, zone, host in asked:
            headers = [(name, value) for name, value in (("x-tenant", tenant), ("x-zone", zone)) if value is not None]
            request = parse(f"GET http://{host}/", [f"{name}:{value}" for name, value in headers])
            status = send((own, port), headers=[("host", host), *headers]).status
            found.append(Case(answer(dump, Question(request, port=port, to=own)), status))
    return found


def test_every_request_takes_the_routes_of_its_scope(cases: list[Case]) -> None:
    wrong = [(case.trace.request, case.trace.reason, case.status) for case in cases if case.status != _predicted(case)]
    assert wrong == []


def _predicted(case: Case) -> int:
    return case.trace.action.status if case.trace.action else case.trace.status


def test_the_scope_is_named_and_each_end_was_seen_often(cases: list[Case]) -> None:
    seen = Counter(bool(case.trace.scope) for case in cases)
    assert min(seen[True], seen[False]) >= 40
    assert {case.trace.scope for case in cases} >= {"whole-1", "second-2", "named-2", "two-2", "host-0", ""}
    reasons = " ".join(case.trace.reason for case in cases)
    assert "header x-tenant has nothing that a scope of routes could be chosen by" in reasons
    assert "no scope of routes has the key b.test" in reasons


def test_scopes_that_the_control_plane_serves_name_their_routes() -> None:
    scoped = {"name": "served", "scope_key_builder": {"fragments": [
        {"header_value_extractor": BUILDERS["whole"][0]}]}, "scoped_rds": {}}  # fmt: skip
    listener = {"name": "in", "address": address("10.0.0.1", 80),
                "filter_chains": [{"filters": [connection_manager({"scoped_routes": scoped})]}]}  # fmt: skip
    served = [
        {"name": tenant, "route_configuration_name": f"of-{tenant}", "key": {"fragments": [{"string_key": tenant}]}}
        for tenant in ("red", "blue")
    ]
    section = {"@type": sections.SCOPED_ROUTES, "dynamic_scoped_route_configs": [
        {"name": "other", "scoped_route_configs": [{**served[0], "route_configuration_name": "wrong"}]},
        {"name": "served", "scoped_route_configs": served}]}  # fmt: skip
    routes = {**made.virtual_host({"match": {"prefix": "/"}, "route": {"cluster": "a"}}), "name": "of-red"}
    dump = read(made.text(made.listeners(listener), section, made.routes(routes), made.clusters({"name": "a"})))
    traces = [answer(dump, Question(parse("GET http://a.b/", [f"x-tenant: {tenant}"]), port=80, to="10.0.0.1"))
              for tenant in ("red", "blue")]  # fmt: skip
    assert [(trace.scope, trace.route_configuration) for trace in traces] == [("red", "of-red"), ("blue", "of-blue")]
    assert [trace.arrivals[0].target.cluster for trace in traces if trace.arrivals] == ["a"]
    assert traces[1].reason == "the dump does not have the routes of that name"
