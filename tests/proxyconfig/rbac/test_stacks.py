"""The filters that a request meets: those of its chain, as its route changes them; compared with a real Envoy."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from meshctl.proxyconfig.dump import ConfigDump, read
from meshctl.proxyconfig.errors import DumpError
from meshctl.proxyconfig.rbac.attributes import Attributes, HttpRequest
from meshctl.proxyconfig.rbac.deciding import decide
from meshctl.proxyconfig.rbac.stacks import decide_at, stack_for
from meshctl.proxyconfig.rbac.verdict import Outcome
from meshctl.proxyconfig.trace.question import Question, answer
from meshctl.proxyconfig.trace.request import parse
from tests.envoy.client import send
from tests.envoy.process import loopback, running
from tests.envoy.resources import address, connection_manager
from tests.envoy.tokens import Issuer
from tests.proxyconfig import made as dumps
from tests.proxyconfig.rbac.made import Json, http_rbac, jwt_authn, policy, rules
from tests.proxyconfig.recordings import ORDERS, recorded_dump

_RBAC = "envoy.filters.http.rbac"
_JWT = "envoy.filters.http.jwt_authn"
_HTTP = "type.googleapis.com/envoy.extensions.filters.http."
_GET = policy({"header": {"name": ":method", "string_match": {"exact": "GET"}}})


def _rbac_route(**fields: Any) -> Json:
    return {_RBAC: {"@type": f"{_HTTP}rbac.v3.RBACPerRoute", **fields}}


def _jwt_route(**fields: Any) -> Json:
    return {_JWT: {"@type": f"{_HTTP}jwt_authn.v3.PerRouteConfig", **fields}}


def _filter_config(name: str, **fields: Any) -> Json:
    return {name: {"@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", **fields}}


_DENY_ALL = {"rules": {"action": "DENY", "policies": {"all": policy()}}}
ROUTES: dict[str, Json] = {
    "/plain": {},
    "/open": _rbac_route(),
    "/closed": _rbac_route(rbac=_DENY_ALL),
    "/off": _filter_config(_RBAC, disabled=True),
    "/wrapped": _filter_config(_RBAC, config=_rbac_route(rbac=_DENY_ALL)[_RBAC]),
    "/optional": _filter_config(_RBAC, config=_rbac_route()[_RBAC], is_optional=True),
    "/token": _jwt_route(requirement_name="token"),
    "/tokenless": _jwt_route(disabled=True),
}
HOSTS: dict[str, Json] = {
    "a.test": {},
    "closed.test": _rbac_route(rbac=_DENY_ALL),
    "token.test": _jwt_route(requirement_name="token"),
}


@dataclass(frozen=True)
class Gateway:
    """A proxy whose listener takes connections from outside."""

    own: str
    dump: ConfigDump


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    own = loopback()
    provider = {"issuer": "me", "local_jwks": {"inline_string": Issuer().key_set}}
    filters = [
        jwt_authn(providers={"me": provider}, requirement_map={"token": {"provider_name": "me"}}, rules=[
            {"match": {"prefix": "/"}, "requires": {"allow_missing_or_failed": {}}}]),
        http_rbac(rules=rules("ALLOW", get=_GET)),
    ]  # fmt: skip
    hosts = [
        {"name": host, "domains": [host], "typed_per_filter_config": own_config, "routes": [
            {"match": {"prefix": path}, "direct_response": {"status": 200}, "typed_per_filter_config": config}
            for path, config in ROUTES.items()
        ]}
        for host, own_config in HOSTS.items()
    ]  # fmt: skip
    manager = connection_manager({"route_config": {"name": "all", "virtual_hosts": hosts}}, filters=filters)
    listener = {"name": "in", "address": address(own, 8080), "filter_chains": [{"filters": [manager]}]}
    with running(listeners=[listener]) as envoy:
        yield Gateway(own, read(json.dumps(envoy.dump()).encode()))


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_routes_and_hosts_change_filters_as_in_envoy(gateway: Gateway, host: str, path: str, method: str) -> None:
    attributes = Attributes(destination_ip=gateway.own, http=HttpRequest(method, path, host))
    verdict = decide(stack_for(gateway.dump, 8080, attributes), attributes)
    status = send((gateway.own, 8080), method, path, [("host", host)]).status
    assert status == (verdict.denying.status if verdict.denying else 200), verdict


_OFF_CONFIGS: dict[str, Json] = {
    "nothing": {},
    "its own": _rbac_route(rbac=_DENY_ALL),
    "off": _filter_config(_RBAC, disabled=True),
    "wrapped": _filter_config(_RBAC, config=_rbac_route(rbac=_DENY_ALL)[_RBAC]),
    "other": _jwt_route(disabled=True),
}
"""What may be said of a filter that is off where nothing is."""


def test_filters_that_are_off_are_turned_on_as_in_envoy() -> None:
    own = loopback()
    names = list(_OFF_CONFIGS)
    hosts = [
        {"name": host, "domains": [f"{number}.test"], "typed_per_filter_config": _OFF_CONFIGS[host], "routes": [
            {"match": {"prefix": f"/{place}"}, "direct_response": {"status": 200},
             "typed_per_filter_config": _OFF_CONFIGS[route]}
            for place, route in enumerate(names)
        ]}
        for number, host in enumerate(names)
    ]  # fmt: skip
    filters = [{**http_rbac(rules=rules("ALLOW", get=_GET)), "disabled": True}]
    managers = [
        connection_manager({"route_config": {"virtual_hosts": hosts, "typed_per_filter_config": _OFF_CONFIGS[name]}},
                           filters=filters)
        for name in names
    ]  # fmt: skip
    listeners = [{"name": f"l{port}", "address": address(own, 8080 + port), "filter_chains": [{"filters": [manager]}]}
                 for port, manager in enumerate(managers)]  # fmt: skip
    seen: Counter[int] = Counter()
    with running(listeners=listeners) as envoy:
        dump = read(json.dumps(envoy.dump()).encode())
        for level, host, route in itertools.product(range(len(names)), repeat=3):
            request = HttpRequest("POST", f"/{route}", f"{host}.test")
            attributes = Attributes(destination_ip=own, http=request)
            stack = stack_for(dump, 8080 + level, attributes)
            verdict = decide(stack, attributes)
            status = send((own, 8080 + level), "POST", request.path, [("host", request.host)]).status
            where = (names[level], names[host], names[route])
            assert status == (verdict.denying.status if verdict.denying else 200), where
            trace = answer(dump, Question(parse(f"POST http://{host}.test/{route}"), port=8080 + level))
            assert (_RBAC in trace.filters) == any(one.name == _RBAC for one in stack.filters), where
            seen[status] += 1
    assert min(seen[200], seen[403]) > 30


def test_both_answers_were_possible(gateway: Gateway) -> None:
    found = set()
    for host in HOSTS:
        for path in ROUTES:
            attributes = Attributes(destination_ip=gateway.own, http=HttpRequest("POST", path, host))
            found.add(decide(stack_for(gateway.dump, 8080, attributes), attributes).outcome)
    assert found == {Outcome.ALLOWED, Outcome.DENIED}


def test_a_port_of_a_sidecar_leads_to_its_chain() -> None:
    dump = recorded_dump(ORDERS)
    web = "spiffe://cluster.local/ns/held/sa/web"
    request = HttpRequest("GET", "/items", "orders", {"x-tenant": "red"})
    ends = {(8080, web): Outcome.ALLOWED, (8080, ""): Outcome.DENIED, (7000, web): Outcome.DENIED}
    for (port, peer), outcome in ends.items():
        attributes = Attributes("10.0.0.9", destination_port=port, peer=peer, server_name="orders" if peer else "",
                                http=request)  # fmt: skip
        found = decide_at(dump, port, attributes)
        assert (found.outcome, bool(found.steps)) == (outcome, True), (port, peer)
    assert stack_for(dump, 7000, attributes).speaks_http is False


def test_a_port_that_wants_mutual_tls_closes_plain_connections() -> None:
    found = decide_at(recorded_dump(ORDERS), 7000, Attributes("10.0.0.9", destination_port=7000))
    assert (found.outcome, found.reason) == (Outcome.DENIED, "no filter chain fits: the connection is closed")


def test_a_connection_that_no_chain_takes_has_no_filters() -> None:
    section = dumps.listeners({
        "name": "virtualInbound", "address": address("0.0.0.0", 15006), "traffic_direction": "INBOUND",
        "filter_chains": [{"filter_chain_match": {"destination_port": 80}, "filters": []}],
    })  # fmt: skip
    dump = read(dumps.text(section))
    with pytest.raises(DumpError, match="no filter chain fits"):
        stack_for(dump, 81, Attributes())


def test_filters_served_by_themselves_are_found() -> None:
    from meshctl.proxyconfig import sections

    served = http_rbac(rules=rules("DENY", all=policy()))
    manager = connection_manager({"route_config": {}})
    manager["typed_config"]["http_filters"].insert(0, {"name": _RBAC, "config_discovery": {"type_urls": ["x"]}})
    listener = {"name": "virtualInbound", "traffic_direction": "INBOUND", "filter_chains": [{"filters": [manager]}]}
    extensions = {"@type": sections.ECDS, "ecds_filters": [{"ecds_filter": served}]}
    dump = read(dumps.text(dumps.listeners(listener), extensions))
    attributes = Attributes(http=HttpRequest())
    assert decide(stack_for(dump, 80, attributes), attributes).outcome is Outcome.DENIED
