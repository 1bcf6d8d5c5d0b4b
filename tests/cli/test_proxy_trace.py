"""`proxy-config trace` on recorded proxies and a real one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.run import meshctl
from tests.envoy.process import Envoy
from tests.envoy.resources import connection_manager, rds, tcp_proxy
from tests.envoy.small_mesh import OUTBOUND, small_mesh
from tests.proxyconfig import made

RECORDED = Path(__file__).parent.parent / "proxyconfig" / "recorded"
ORDERS = str(RECORDED / "orders" / "config_dump.json.gz")


@pytest.fixture(scope="module")
def mesh() -> Iterator[tuple[Envoy, str]]:
    with small_mesh() as found:
        yield found


def _trace(*arguments: str) -> dict[str, Any]:
    done = meshctl("pc", "trace", "-f", ORDERS, "-o", "json", *arguments)
    assert (done.code, done.err) == (0, "")
    found: dict[str, Any] = json.loads(done.out)
    return found


def _clusters(found: dict[str, Any]) -> list[tuple[str, float]]:
    return [(one["cluster"], round(one["share"], 4)) for one in found["destinations"]]


INBOUND = ("--direction", "inbound")
V = "outbound|80|{}|orders.held.svc.cluster.local"


@pytest.mark.parametrize(
    ("arguments", "listener", "route", "clusters", "status"),
    [
        (["GET http://orders/"], "0.0.0.0_80", "canary", [(V.format("v1"), 0.8), (V.format("v2"), 0.2)], 0),
        (["GET http://orders/?preview=true"], "0.0.0.0_80", "tester-to-v3", [(V.format("v3"), 1)], 0),
        (["GET http://orders/api/1", "--header", "x-user: tester", "--header", "x-trace: 1"], "0.0.0.0_80",
         "tester-to-v3", [(V.format("v3"), 1)], 0),
        (["GET http://nowhere.example/"], "0.0.0.0_80", "allow_any", [("PassthroughCluster", 1)], 0),
        (["GET http://api.partner.example/health"], "0.0.0.0_80", "", [], 200),
        (["GET http://one.held/exact", "--port", "2021", "--to", "127.0.0.21", "--tls", "simple", "--alpn", "http/1.1"],
         "held-many-matches", None, [], 0),
        (["GET http://orders:8080/", *INBOUND], "virtualInbound", "default", [("inbound|8080||", 1)], 0),
        (["GET http://10.0.0.14:15021/healthz/ready", *INBOUND], "0.0.0.0_15021", "", [("agent", 1)], 0),
    ],
    ids=lambda value: value[0] if isinstance(value, list) and value and isinstance(value[0], str) else "",
)  # fmt: skip
def test_requests_of_a_recorded_sidecar(
    arguments: list[str], listener: str, route: str | None, clusters: list[tuple[str, float]], status: int
) -> None:
    found = _trace("--request", *arguments)
    assert found["listener"]["name"] == listener
    assert (found.get("route") or {}).get("name") == route
    assert (_clusters(found), found["answer"]["status"]) == (clusters, status)


def test_the_resources_that_made_the_way_are_named() -> None:
    found = _trace("--request", "GET http://orders/?preview=true")
    assert found["route"]["resource"] == "VirtualService orders.held"
    assert found["destinations"][0]["resource"] == "DestinationRule orders.held"
    assert [one["address"] for one in found["destinations"][0]["endpoints"]] == ["10.0.0.17:8080"]


def test_each_loser_says_why() -> None:
    found = _trace("--request", "POST http://orders/api/x", "--header", "x-user: guest")
    causes = [{reason["cause"] for reason in route["reasons"]} for route in found["otherRoutes"]]
    assert causes == [{"method", "header"}, {"query"}]
    later = _trace("--request", "GET http://orders/?preview=true")["otherRoutes"][-1]
    assert [reason["cause"] for reason in later["reasons"]] == ["order"]


def test_a_tcp_service_is_found_by_its_name() -> None:
    found = _trace("--request", "GET http://cache:6379/")
    assert (found["protocol"], found["connection"]["address"]) == ("tcp", "10.96.116.110")
    assert [share for _, share in _clusters(found)] == [0.9, 0.1]


def test_the_text_tells_the_way() -> None:
    done = meshctl("pc", "trace", "-f", ORDERS, "--request", "GET http://orders/?preview=true")
    lines = done.out.splitlines()
    assert [line.split()[0] for line in lines if line[0] != " "] == [
        "request", "connection", "listener", "filter", "routes", "virtual", "route", "cluster", "endpoint", "answer",
        "before",
    ]  # fmt: skip
    assert any("fault: answers 0.5 % of the requests with 503" in line for line in lines)


def test_a_running_proxy_is_followed(mesh: tuple[Envoy, str]) -> None:
    envoy, own = mesh
    done = meshctl("pc", "trace", "--address", envoy.admin, "--request", "GET http://reviews/x", "--port", "15001",
                   "--to", own, "-o", "json")  # fmt: skip
    found = json.loads(done.out)
    assert found["listener"]["name"] == "outbound"
    assert _clusters(found) == [(OUTBOUND, 1)]
    assert found["destinations"][0]["endpoints"][0]["address"] == f"{own}:9080"


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (["-f", ORDERS], 64, "--request"),
        (["--request", "GET http://a/"], 64, "which proxy"),
        (["-f", ORDERS, "--request", "GET"], 64, "http://reviews"),
        (["-f", ORDERS, "--request", "GET ftp://a/"], 64, "http://reviews"),
        (["-f", ORDERS, "--request", "GET http://a:99999/"], 64, "http://reviews"),
        (["-f", ORDERS, "--request", "GET http://a/ b"], 64, "http://reviews"),
        (["-f", ORDERS, "--request", "GET http://a/", "--header", "x"], 64, "end-user"),
        (["-f", ORDERS, "--request", "GET http://a/", "--to", "x"], 64, "IP address"),
        (["-f", ORDERS, "--request", "GET http://a/", "--tls", "x"], 64, "mutual"),
        (["-f", "-", "--request", "GET http://a/"], 65, "empty"),
    ],
)
def test_mistakes_are_one_line(arguments: list[str], code: int, error: str) -> None:
    done = meshctl("pc", "trace", *arguments)
    assert (done.code, done.out, done.err.count("\n")) == (code, "", 1)
    assert error in done.err


WEB = ("--principal", "cluster.local/ns/held/sa/web")


@pytest.mark.parametrize(
    ("arguments", "outcome", "rule", "status"),
    [
        (["GET http://orders:8080/api/x", *WEB, "--source", "10.0.0.9", "--header", "x-tenant: red"], "allowed",
         "ns[held]-policy[orders-allow]-rule[0]", 0),
        (["GET http://orders:8080/api/x", "--principal", "spiffe://cluster.local/ns/other/sa/web",
          "--source", "10.0.0.9"], "denied", None, 403),
        (["TRACE http://orders:8080/", "--tls", "none", "--source", "10.0.0.9"], "denied",
         "ns[held]-policy[orders-deny]-rule[2]", 403),
        (["GET http://orders:7000/"], "denied", "ns[held]-policy[orders-deny]-rule[2]", 0),
        (["GET http://orders:8080/api/x"], "unknown", None, 0),
        (["GET http://orders:8080/", "--tls", "none", "--header", "x-jwt: Token secret"], "unknown", None, 0),
        (["GET http://orders:8080/?access_token=secret", "--tls", "none"], "unknown", None, 0),
        (["GET http://orders:8080/", "--tls", "none", "--source", "10.0.0.9", "--header", "authorization: Bearer x"],
         "denied", None, 403),
    ],
)  # fmt: skip
def test_what_the_filters_decide_is_told(arguments: list[str], outcome: str, rule: str | None, status: int) -> None:
    found = _trace("--request", *arguments, *INBOUND)
    access = found["access"]
    assert (access["outcome"], (access["decidedBy"] or {}).get("key"), found["answer"]["status"]) == (
        outcome,
        rule,
        status,
    )
    assert not [name for name in found.get("filters", ()) if "rbac" in name or "jwt" in name]
    assert "secret" not in json.dumps(access)


def test_a_denial_is_told_with_the_rule() -> None:
    done = meshctl("pc", "trace", "-f", ORDERS, "--request", "TRACE http://orders:8080/beta", *INBOUND, "--tls", "none",
                   "--source", "10.0.0.9")  # fmt: skip
    assert "\naccess        denied: rule 3 of orders-deny.held denies it\n" in done.out
    assert "\n                rule 1 of orders-dry-run.held fits, and is a dry run\n" in done.out
    assert "\nanswer        the proxy answers 403: rule 3 of orders-deny.held denies it\n" in done.out


def test_what_is_not_known_is_told() -> None:
    done = meshctl("pc", "trace", "-f", ORDERS, "--request", "GET http://orders:8080/api/x", *INBOUND)
    assert "perhaps rule 2 of orders-deny.held: the client's identity is not known" in done.out
    assert "\nanswer        that of the endpoint, if the filters let it through\n" in done.out


def test_requests_of_the_application_meet_no_such_filters() -> None:
    assert _trace("--request", "GET http://orders/")["access"] is None


def test_a_principal_needs_mutual_tls() -> None:
    done = meshctl("pc", "trace", "-f", ORDERS, "--request", "GET http://orders/", *WEB, "--tls", "none")
    assert done.code == 64
    assert "--principal needs mutual TLS" in done.err


def test_listeners_of_http_3_take_no_tcp(tmp_path: Path) -> None:
    quic, tcp = (
        {"name": name, "filter_chains": [{"filters": [tcp_proxy(name)]}],
         "address": {"socket_address": {"address": "0.0.0.0", "port_value": 8443, **protocol}}}
        for name, protocol in (("quic", {"protocol": "UDP"}), ("tcp", {}))
    )  # fmt: skip
    file = made.file(tmp_path, made.listeners(quic, tcp), made.clusters({"name": "tcp"}))
    found = json.loads(meshctl("pc", "trace", "-f", file, "--request", "GET https://a.b/", "-o", "json").out)
    assert found["listener"]["name"] == "tcp"


def test_what_a_virtual_host_says_counts_where_a_route_is_silent(tmp_path: Path) -> None:
    forward = {"cluster": "a", "auto_host_rewrite": True, "path_rewrite_policy": {"name": "template"}}
    own = {"cluster": "a", "retry_policy": {"retry_on": "reset"}, "request_mirror_policies": [{"cluster": "own"}]}
    routes = [{"match": {"prefix": "/own"}, "route": own}, {"match": {"prefix": "/"}, "route": forward}]
    retries = {"retry_on": "5xx", "num_retries": 3}
    configuration = made.virtual_host(*routes, retry_policy=retries, request_mirror_policies=[{"cluster": "copy"}])
    listener = {"name": "in", "address": {"socket_address": {"address": "10.0.0.1", "port_value": 80}},
                "filter_chains": [{"filters": [connection_manager(rds("80"))]}]}  # fmt: skip
    file = made.file(tmp_path, made.listeners(listener), made.routes(configuration), made.clusters({"name": "a"}))
    traced = [meshctl("pc", "trace", "-f", file, "-o", "json", "--request", f"GET http://a.b/{path}").out
              for path in ("own", "x")]  # fmt: skip
    assert [json.loads(one)["details"] for one in traced] == [
        ["up to 1 retries on reset", "copies 100 % of the requests to own"],
        ["up to 3 retries on 5xx", "copies 100 % of the requests to copy",
         "the path is rewritten by an extension, which is not followed here", "the host becomes that of the endpoint"],
    ]  # fmt: skip
