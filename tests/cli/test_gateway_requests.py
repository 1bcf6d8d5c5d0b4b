"""Requests from outside to a gateway whose service has other ports than its pods: `trace` and `can-i` agree."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.run import meshctl
from tests.envoy.resources import address, connection_manager, listener_filter, rds, tcp_proxy, typed
from tests.proxyconfig import made
from tests.proxyconfig.rbac.made import http_rbac, policy, rules

ANY = "0.0.0.0"


def _named(*names: str) -> dict[str, Any]:
    """The parts of a filter chain that ends TLS for these names."""
    config = typed("transport_sockets.tls.v3.DownstreamTlsContext")
    return {
        "filter_chain_match": {"server_names": list(names)},
        "transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": config},
    }


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> str:
    deny = http_rbac(rules=rules("DENY", admins=policy({"url_path": {"path": {"prefix": "/admin"}}})))
    passing = {"filter_chain_match": {"server_names": ["pass.test"]}, "filters": [tcp_proxy("passed")]}
    hosts = [{"name": "shop", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "shop"}}]}]
    manager = connection_manager(rds("shop"), filters=[deny])
    secure = {
        "name": "secure", "address": address(ANY, 8443), "listener_filters": [listener_filter("tls_inspector")],
        "filter_chains": [{**_named("shop.test"), "filters": [manager]}, passing],
    }  # fmt: skip
    plain = {"name": "plain", "address": address(ANY, 8080), "filter_chains": [{"filters": [manager]}]}
    return made.file(
        tmp_path_factory.mktemp("gateway"), made.listeners(secure, plain),
        made.routes({"name": "shop", "virtual_hosts": hosts}), made.clusters({"name": "shop"}, {"name": "passed"}),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("url", "listener", "code", "outcome"),
    [
        ("https://shop.test/", "secure", 0, "allowed"),
        ("https://shop.test/admin", "secure", 79, "denied"),
        ("https://pass.test/admin", "secure", 0, "allowed"),
        ("https://other.test/", "secure", 79, "denied"),
        ("http://shop.test/", "plain", 0, "allowed"),
        ("http://shop.test:8080/admin", "plain", 79, "denied"),
    ],
)
def test_the_port_of_the_service_is_taken_for_that_of_the_pod(
    dump: str, url: str, listener: str, code: int, outcome: str
) -> None:
    asked = ("--request", f"GET {url}", "-o", "json")
    done = meshctl("authz", "can-i", "--dump", dump, *asked)
    [found] = json.loads(done.out)["workloads"]
    assert (done.code, found["outcome"]) == (code, outcome)
    assert any("is taken for port" in note for note in found["notes"]) == (":8080" not in url)
    traced = json.loads(meshctl("pc", "trace", "-f", dump, *asked).out)
    assert traced["listener"]["name"] == listener
    refused = traced["answer"]["status"] == 403 or "no filter chain fits" in traced["answer"]["reason"]
    assert bool(refused) == (outcome == "denied")


def test_a_port_that_is_asked_for_is_no_other(dump: str) -> None:
    done = meshctl("authz", "can-i", "--dump", dump, "--request", "GET http://shop.test/", "--port", "80")
    assert (done.code, done.out) == (65, "")
    assert "the gateway does not listen on port 80" in done.err
