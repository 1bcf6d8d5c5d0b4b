"""Envoy's choice of a virtual host."""

from __future__ import annotations

import json

import pytest

from meshctl.proxyconfig.envoy import decode
from meshctl.proxyconfig.routes import RouteConfiguration
from meshctl.proxyconfig.virtual_hosts import serving, without_port

DOMAINS = ["*", "a.example", "a.example:8080", "*.example", "*.b.example", "*-x.b.example", "a.*", "a.b.*", "[fd00::1]"]


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("a.example", "a.example"),
        ("A.Example", "a.example"),
        ("a.example:8080", "a.example:8080"),
        ("a.example:9090", "a.*"),
        ("c.example", "*.example"),
        ("c.b.example", "*.b.example"),
        ("c-x.b.example", "*-x.b.example"),
        (".example", "*"),
        ("a.b.c", "a.b.*"),
        ("a.c", "a.*"),
        ("[fd00::1]", "[fd00::1]"),
        ("other", "*"),
    ],
)
def test_the_best_domain_wins(host: str, domain: str) -> None:
    hosts = [{"name": domain, "domains": [domain]} for domain in DOMAINS]
    configuration = decode(json.dumps({"virtual_hosts": hosts}).encode(), RouteConfiguration)
    found = serving(configuration, host)
    assert found is not None
    assert found.name == domain


def test_ports_may_be_ignored_and_nothing_may_fit() -> None:
    hosts = {"virtual_hosts": [{"name": "a", "domains": ["a"]}]}
    strict = decode(json.dumps(hosts).encode(), RouteConfiguration)
    lenient = decode(json.dumps({**hosts, "ignore_port_in_host_matching": True}).encode(), RouteConfiguration)
    assert serving(strict, "a:80") is None
    assert serving(lenient, "a:80") is not None


@pytest.mark.parametrize(("host", "bare"), [("a:80", "a"), ("a", "a"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]")])
def test_without_port(host: str, bare: str) -> None:
    assert without_port(host) == bare
