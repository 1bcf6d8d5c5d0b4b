"""Requests through a waypoint: the address in the tunnel chooses the filter chain of its inner listener."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from meshctl.proxyconfig import sections
from meshctl.proxyconfig.dump import ConfigDump, read
from meshctl.proxyconfig.rbac.attributes import Attributes, HttpRequest
from meshctl.proxyconfig.rbac.stacks import decide_at
from meshctl.proxyconfig.rbac.verdict import Outcome
from tests.cli.run import meshctl
from tests.envoy.resources import address, connection_manager, tcp_proxy, typed
from tests.proxyconfig import made

REVIEWS = "inbound-vip|9080|http|reviews.default.svc.cluster.local"
DATABASE = "inbound-vip|5432|tcp|database.default.svc.cluster.local"
WEB = "spiffe://cluster.local/ns/default/sa/web"


def _leads(chain: str) -> dict[str, Any]:
    action = {"@type": "type.googleapis.com/google.protobuf.StringValue", "value": chain}
    return {"action": {"name": chain, "typed_config": action}}


def _input(kind: str) -> dict[str, Any]:
    return {"name": kind, "typed_config": typed(f"matching.common_inputs.network.v3.{kind}")}


def _service(ip: str, port: int, chain: str) -> dict[str, Any]:
    ports = {"input": _input("DestinationPortInput"), "exact_match_map": {"map": {str(port): _leads(chain)}}}
    return {"ranges": [{"address_prefix": ip, "prefix_len": 32}], "on_match": {"matcher": {"matcher_tree": ports}}}


def _main() -> dict[str, Any]:
    rules = {"policies": {"ns[default]-policy[web-only]-rule[0]": {
        "permissions": [{"any": True}],
        "principals": [{"filter_state": {"key": "io.istio.peer_principal", "string_match": {"exact": WEB}}}],
    }}}  # fmt: skip
    rbac = {"name": "envoy.filters.http.rbac", "typed_config": typed("filters.http.rbac.v3.RBAC", rules=rules)}
    routes = [
        {"name": "v2", "match": {"prefix": "/v2"}, "route": {"cluster": REVIEWS.replace("http", "http/v2")}},
        {"name": "default", "match": {"prefix": "/"}, "route": {"cluster": REVIEWS}},
    ]
    hosts = [{"name": "inbound|http|9080", "domains": ["*"], "routes": routes}]
    manager = connection_manager({"route_config": {"name": REVIEWS, "virtual_hosts": hosts}}, filters=[rbac])
    services = [_service("10.96.0.7", 5432, DATABASE), _service("10.96.0.8", 9080, REVIEWS)]
    config = {"@type": "type.googleapis.com/xds.type.matcher.v3.IPMatcher", "range_matchers": services}
    custom = {"name": "ip", "typed_config": config}
    return {
        "name": "main_internal", "internal_listener": {},
        "filter_chains": [
            {"name": REVIEWS, "filters": [manager]},
            {"name": DATABASE, "filters": [tcp_proxy(DATABASE)]},
            {"name": "direct-tcp", "filters": [tcp_proxy("encap")]},
        ],
        "filter_chain_matcher": {
            "matcher_tree": {"input": _input("DestinationIPInput"), "custom_match": custom},
            "on_no_match": _leads("direct-tcp"),
        },
    }  # fmt: skip


def _sections() -> list[dict[str, Any]]:
    tunnel = connection_manager({"route_config": {"name": "default", "virtual_hosts": []}})
    probe = {"route_config": {"virtual_hosts": [{"name": "b", "domains": ["*"], "routes": [
        {"match": {"prefix": "/healthz/ready"}, "route": {"cluster": "agent"}}]}]}}  # fmt: skip
    listeners = made.listeners(
        {"name": "connect_terminate", "address": address("0.0.0.0", 15008),
         "filter_chains": [{"filters": [tunnel]}]},
        _main(),
        {"name": "connect_originate", "internal_listener": {}, "filter_chains": [{"filters": [tcp_proxy("x")]}]},
        {"name": "probe", "address": address("0.0.0.0", 15021),
         "filter_chains": [{"filters": [connection_manager(probe)]}]},
    )  # fmt: skip
    inner = {"envoy_internal_address": {"server_listener_name": "connect_originate", "endpoint_id": "10.1.1.1:9080"}}
    sent = [
        {
            "endpoint_config": {
                "cluster_name": REVIEWS,
                "endpoints": [{"lb_endpoints": [{"endpoint": {"address": inner}}]}],
            }
        }
    ]
    names = (REVIEWS, DATABASE, "encap", "agent")
    return [
        listeners,
        made.clusters(*({"name": name, "type": "EDS" if name == REVIEWS else "STATIC"} for name in names)),
        {"@type": sections.ENDPOINTS, "dynamic_endpoint_configs": sent},
    ]


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> str:
    return made.file(tmp_path_factory.mktemp("waypoint"), *_sections())


def _trace(dump: str, *arguments: str) -> Any:
    done = meshctl("pc", "trace", "-f", dump, "-o", "json", *arguments)
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


def test_a_service_is_found_by_its_name(dump: str) -> None:
    found = _trace(dump, "--request", "GET http://reviews.default:9080/x", "--principal", WEB)
    assert found["connection"]["address"] == "10.96.0.8"
    assert (found["listener"]["name"], found["capturedBy"]) == ("main_internal", "connect_terminate")
    assert found["filterChain"]["name"] == REVIEWS
    assert found["filterChain"]["matched"] == ["the destination's address lies in 10.96.0.8/32", "the port is 9080"]
    assert found["route"]["name"] == "default"
    assert found["destinations"][0]["endpoints"][0]["address"] == "envoy://connect_originate/10.1.1.1:9080"
    assert (found["access"]["outcome"], found["answer"]["status"]) == ("allowed", 0)


@pytest.mark.parametrize(
    ("arguments", "chain", "clusters"),
    [
        (["GET http://database.default.svc.cluster.local:5432/"], DATABASE, [DATABASE]),
        (["GET http://10.96.0.8:9080/"], REVIEWS, [REVIEWS]),
        (["GET http://x:9080/", "--to", "10.96.0.8"], REVIEWS, [REVIEWS]),
        (["GET http://x:9080/", "--to", "10.1.1.1"], "direct-tcp", ["encap"]),
        (["GET http://reviews.default:9080/v2/x"], REVIEWS, [REVIEWS.replace("http", "http/v2")]),
        (["GET http://10.1.0.9:15021/healthz/ready"], "filter_chains[0]", ["agent"]),
    ],
)
def test_each_address_has_its_chain(dump: str, arguments: list[str], chain: str, clusters: list[str]) -> None:
    found = _trace(dump, "--request", *arguments)
    assert found["filterChain"]["name"] == chain
    assert [one["cluster"] for one in found["destinations"]] == clusters
    in_tunnel = any("in a tunnel" in note for note in found["notes"])
    assert in_tunnel == (found["listener"]["name"] == "main_internal")


def test_a_sidecar_that_takes_tunnels_too_is_no_waypoint(tmp_path: Path) -> None:
    [listeners, *others] = _sections()
    outbound = {
        "name": "virtualOutbound", "address": address("10.0.0.1", 15001), "use_original_dst": True,
        "traffic_direction": "OUTBOUND", "filter_chains": [{"filters": [tcp_proxy("PassthroughCluster")]}],
    }  # fmt: skip
    listeners["dynamic_listeners"] += made.listeners(outbound)["dynamic_listeners"]
    found = _trace(made.file(tmp_path, listeners, *others), "--request", "GET http://reviews.default:9080/x")
    assert found["listener"]["name"] == "virtualOutbound"
    assert found["answer"]["reason"] == "the proxy does not have the cluster: the connection is closed"


def test_without_an_address_the_chain_is_not_known(dump: str) -> None:
    done = meshctl("pc", "trace", "-f", dump, "--request", "GET http://ratings:9080/")
    assert "the filter chain is not known: the destination's address is not known" in done.out
    assert "no address of ratings with port 9080 is known to this waypoint; --to tells one" in done.out


def test_a_client_without_the_identity_asked_for_is_refused(dump: str) -> None:
    found = _trace(dump, "--request", "GET http://reviews.default:9080/x", "--principal", WEB.replace("web", "other"))
    assert (found["access"]["outcome"], found["answer"]["status"]) == ("denied", 403)
    plain = _trace(dump, "--request", "GET http://reviews.default:9080/x", "--tls", "none")
    assert plain["access"]["outcome"] == "denied"


@pytest.mark.parametrize(("to", "outcome"), [("10.96.0.8", Outcome.ALLOWED), ("", Outcome.UNKNOWN)])
def test_the_policies_of_a_waypoint_decide(to: str, outcome: Outcome) -> None:
    found: ConfigDump = read(made.text(*_sections()))
    attributes = Attributes(
        destination_ip=to, destination_port=9080, peer=WEB, http=HttpRequest(host="unknown.example")
    )
    assert decide_at(found, 9080, attributes).outcome is outcome


@pytest.mark.parametrize("host", ["reviews.default", "10.96.0.8"])
@pytest.mark.parametrize(("account", "code"), [("web", 0), ("other", 79)])
def test_can_i_finds_the_service_of_a_waypoint(dump: str, host: str, account: str, code: int) -> None:
    request = f"GET http://{host}:9080/x"
    done = meshctl("authz", "can-i", "--dump", dump, "--from", f"ns/default/sa/{account}", "--request", request)
    assert (done.code, done.err) == (code, "")
