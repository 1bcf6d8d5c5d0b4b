"""The tables of a gateway, letter by letter: TLS by name, several virtual hosts, redirects, and what has no routes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from meshctl.cli.app import run
from meshctl.proxyconfig import sections
from meshctl.proxyconfig.network_filters import HTTP_CONNECTION_MANAGER, TCP_PROXY
from tests.proxyconfig import made

CONFIG = "/apis/networking.istio.io/v1/namespaces"


def chain(name: str, config: dict[str, Any], *hosts: str) -> dict[str, Any]:
    match = {"filter_chain_match": {"server_names": list(hosts)}} if hosts else {}
    return {**match, "filters": [{"name": name, "typed_config": config}]}


def listener(address: str, port: int, *chains: dict[str, Any]) -> dict[str, Any]:
    socket = {"socket_address": {"address": address, "port_value": port}}
    return {"name": f"{address}_{port}", "address": socket, "filter_chains": list(chains)}


def rds(name: str) -> dict[str, Any]:
    return {"rds": {"route_config_name": name}}


def route(match: dict[str, Any], service: str = "", **action: Any) -> dict[str, Any]:
    config = {"metadata": {"filter_metadata": {"istio": {"config": service}}}} if service else {}
    return {"match": match, **config, **action}


HEALTH = {"virtual_hosts": [{"domains": ["*"], "routes": [route({"path": "/ready"}, direct_response={"status": 200})]}]}

LISTENERS = made.listeners(
    listener(
        "0.0.0.0",
        8443,
        chain(HTTP_CONNECTION_MANAGER, rds("https.443.a.gw.ns"), "a.example", "b.example"),
        chain(TCP_PROXY, {"cluster": "outbound|443||tls.ns.svc.cluster.local"}, "*.tls.example"),
        chain(TCP_PROXY, {"weighted_clusters": {"clusters": [{"name": "x", "weight": 1}]}}, "w.example"),
        chain(TCP_PROXY, {"cluster": "BlackHoleCluster"}),
    ),
    listener("0.0.0.0", 8080, chain(HTTP_CONNECTION_MANAGER, rds("http.8080"))),
    listener("0.0.0.0", 15021, chain(HTTP_CONNECTION_MANAGER, {"route_config": HEALTH})),
    listener("::", 8080, chain(HTTP_CONNECTION_MANAGER, {"scoped_routes": {"name": "s"}})),
)

ROUTES = made.routes(
    {
        "name": "http.8080",
        "virtual_hosts": [
            {
                "name": "a:80",
                "domains": ["a", "a.ns", "a.ns.svc", "a.ns.svc.cluster.local", "a:80", "[fd00::1]", "[fd00:1::1]"],
                "routes": [
                    route({"safe_regex": {"regex": "/v[12]"}}, f"{CONFIG}/ns/virtual-service/vs", redirect={}),
                    route({"path_separated_prefix": "/p"}, "/apis/other/x", direct_response={"status": 404}),
                    route({"prefix": "/"}, route={"cluster": "PassthroughCluster"}),
                ],
            },
            {"name": "blackhole:8080", "domains": ["*"], "require_tls": "ALL"},
            {"name": "ports", "domains": ["b:80", "b:8080"], "routes": [route({"path": "/x"}, f"{CONFIG}/ns/vs")]},
            {"name": "only-through", "domains": [], "routes": [route({}, route={"cluster": "PassthroughCluster"})]},
        ],
    },
    {"name": "https.443.a.gw.ns"},
)

SECRETS = {
    "@type": sections.SECRETS,
    "dynamic_active_secrets": [{"name": "kubernetes://a", "secret": {"name": "kubernetes://a"}}],
    "dynamic_warming_secrets": [{"name": "kubernetes://a-cacert", "secret": {"name": "kubernetes://a-cacert"}}],
    "static_secrets": [{"name": "own", "secret": {"name": "own"}}],
}

CLUSTERS = made.clusters(
    {"name": "outbound|443||ü.example", "type": "STRICT_DNS"},
    {"name": "outbound|80|v2|z.example", "type": "EDS"},
    {"name": "outbound|80||z.example", "cluster_type": {"name": "envoy.clusters.dns"}},
    {"name": "outbound_.80_._.z.example", "type": "EDS"},
    {"name": "outbound|x||*.z.example", "type": "ORIGINAL_DST"},
    dynamic_warming_clusters=[{"cluster": {"name": "outbound|81||z.example"}}],
)

TABLES = {
    "listener": [
        "ADDRESSES PORT  MATCH                    DESTINATION",
        "0.0.0.0   8080  ALL                      Route: http.8080",
        "::        8080  ALL                      HTTP",
        "0.0.0.0   8443  SNI: a.example,b.example Route: https.443.a.gw.ns",
        "0.0.0.0   8443  ALL                      Non-HTTP/Non-TCP",
        "0.0.0.0   8443  SNI: *.tls.example       Cluster: outbound|443||tls.ns.svc.cluster.local",
        "0.0.0.0   8443  SNI: w.example           Cluster: ",
        "0.0.0.0   15021 ALL                      Inline Route: /ready",
    ],
    "listener --verbose=false --type http+tcp": ["ADDRESSES PORT TYPE", "0.0.0.0   8443 HTTP+TCP"],
    "listener --verbose=false --address 0.0.0.0 --port 8080": ["ADDRESSES PORT TYPE", "0.0.0.0   8080 HTTP"],
    "route": [
        "NAME          VHOST NAME         DOMAINS                 MATCH             VIRTUAL SERVICE",
        "http.8080     a:80               a, a.ns + 1 more...     regex /v[12]      vs.ns",
        "http.8080     a:80               a, a.ns + 1 more...     PathPrefix:/p     <unknown>",
        "http.8080     blackhole:8080     *                       /*                404",
        "http.8080     ports                                      /x                ",
    ],
    "route --verbose=false": [
        "NAME                  VIRTUAL HOSTS",
        "http.8080             4",
        "https.443.a.gw.ns     0",
    ],
    "route --name HTTP.8080": ["NAME     VHOST NAME     DOMAINS     MATCH     VIRTUAL SERVICE"],
    "secret": [
        "RESOURCE NAME             TYPE     STATUS      VALID CERT     SERIAL NUMBER     NOT AFTER     NOT BEFORE",
        "kubernetes://a-cacert              WARMING     false                                          ",
        "kubernetes://a                     ACTIVE      false                                          ",
    ],
    "cluster": [
        "SERVICE FQDN                  PORT     SUBSET     DIRECTION     TYPE             DESTINATION RULE",
        "*.z.example                   0        -          outbound      ORIGINAL_DST     ",
        "outbound_.80_._.z.example     -        -          -             EDS              ",
        "z.example                     80       -          outbound      STATIC           ",
        "z.example                     80       v2         outbound      EDS              ",
        "ü.example                     443      -          outbound      STRICT_DNS       ",
    ],
    "cluster --subset z.ex --port 80 --direction out": [
        "SERVICE FQDN     PORT     SUBSET     DIRECTION     TYPE       DESTINATION RULE",
        "z.example        80       -          outbound      STATIC     ",
        "z.example        80       v2         outbound      EDS        ",
    ],
}


@pytest.mark.parametrize("words", TABLES)
def test_table(words: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = made.file(tmp_path, CLUSTERS, LISTENERS, ROUTES, SECRETS)
    assert run(["proxy-config", *words.split(), "-f", file]) == 0
    assert capfd.readouterr().out.splitlines() == TABLES[words]
