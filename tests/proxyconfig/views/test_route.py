"""The routes: what one asks of a request, and what it does with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from meshctl.proxyconfig.dump import ConfigDump, read
from meshctl.proxyconfig.view import Filters
from meshctl.proxyconfig.views.route import VIEW, domains_text, select
from tests.proxyconfig import made

TO_A: dict[str, Any] = {"cluster": "a"}


def row(route: dict[str, Any], **host: Any) -> dict[str, str]:
    """The cells of `-o wide` for a route, by title."""
    filters = Filters()
    dump = read(made.text(made.routes(made.virtual_host(route, **host))))
    table = VIEW.table(select(dump, filters), filters, wide=True)
    [cells] = table.rows
    return dict(zip(table.columns, cells, strict=True))


@pytest.mark.parametrize(
    ("match", "path", "methods", "conditions"),
    [
        ({"prefix": "/"}, "/*", "-", "-"),
        ({"prefix": ""}, "*", "-", "-"),
        ({"path": "/x", "case_sensitive": False}, "/x", "-", "path in any case"),
        ({"path_separated_prefix": "/p"}, "PathPrefix:/p", "-", "-"),
        ({"safe_regex": {"regex": "/r.*"}}, "regex /r.*", "-", "-"),
        ({"prefix": "/", "headers": [{"name": ":method", "string_match": {"exact": "GET"}}]}, "/*", "GET", "-"),
        ({"prefix": "/", "headers": [{"name": ":method", "exact_match": "PUT"}]}, "/*", "PUT", "-"),
        ({"prefix": "/", "headers": [{"name": "x", "present_match": True}]}, "/*", "-", "x"),
        ({"prefix": "/", "headers": [{"name": "x", "present_match": False}]}, "/*", "-", "x[absent]"),
        ({"prefix": "/", "headers": [{"name": "x", "invert_match": True, "prefix_match": "a"}]}, "/*", "-", "!x=a*"),
        ({"prefix": "/", "headers": [{"name": "x", "string_match": {"suffix": "a"}}]}, "/*", "-", "x=*a"),
        ({"prefix": "/", "headers": [{"name": "x", "string_match": {"contains": "a"}}]}, "/*", "-", "x=*a*"),
        ({"prefix": "/", "headers": [{"name": "x", "safe_regex_match": {"regex": "a+"}}]}, "/*", "-", "x~a+"),
        ({"prefix": "/", "headers": [{"name": "x", "range_match": {"start": "1", "end": "9"}}]}, "/*", "-", "x[1,9)"),
        ({"prefix": "/", "query_parameters": [{"name": "q", "string_match": {"exact": "1"}}]}, "/*", "-", "?q=1"),
        ({"prefix": "/", "query_parameters": [{"name": "q", "present_match": True}]}, "/*", "-", "?q"),
        ({"prefix": "/", "grpc": {}}, "/*", "-", "gRPC"),
        ({"connect_matcher": {}}, "", "-", "CONNECT"),
        (
            {"prefix": "/", "runtime_fraction": {"default_value": {"numerator": 5, "denominator": "TEN_THOUSAND"}}},
            "/*",
            "-",
            "0.05% of requests",
        ),
    ],
)
def test_what_a_route_asks_of_a_request(match: dict[str, Any], path: str, methods: str, conditions: str) -> None:
    cells = row({"match": match, "route": TO_A})
    assert (cells["MATCH"], cells["METHODS"], cells["CONDITIONS"]) == (path, methods, conditions)


@pytest.mark.parametrize("name", ["authorization", "Cookie", "x-api-key"])
def test_values_of_confidential_headers_are_not_shown(name: str) -> None:
    match = {"prefix": "/", "headers": [{"name": name, "string_match": {"exact": "Bearer 123"}}]}
    assert row({"match": match, "route": TO_A})["CONDITIONS"] == f"{name}[redacted]"


@pytest.mark.parametrize(
    ("action", "destinations"),
    [
        ({"route": {"cluster": "a"}}, "a"),
        ({"route": {"cluster_header": "x-to"}}, "by header x-to"),
        ({"route": {"cluster_specifier_plugin": "lua"}}, "by plugin lua"),
        ({"route": {"weighted_clusters": {"clusters": [{"name": "a", "weight": 1}, {"name": "b", "weight": 2}]}}},
         "a 33.33%, b 66.67%"),
        ({"route": {"weighted_clusters": {"clusters": [{"name": "a"}]}}}, "a 0%"),
        ({"redirect": {"https_redirect": True}}, "redirects 301 to https://[host]"),
        ({"redirect": {"host_redirect": "b.c", "port_redirect": 8080, "path_redirect": "/x", "response_code": "FOUND"}},
         "redirects 302 to b.c:8080/x"),
        ({"redirect": {"prefix_rewrite": "/y", "response_code": "PERMANENT_REDIRECT"}}, "redirects 308 to /y*"),
        ({"direct_response": {"status": 418}}, "answers 418"),
        ({"non_forwarding_action": {}}, "not forwarded"),
        ({"filter_action": {"action": {}}}, "not forwarded"),
        ({}, "-"),
    ],
)  # fmt: skip
def test_where_a_route_leads(action: dict[str, Any], destinations: str) -> None:
    assert row({"match": {"prefix": "/"}, **action})["DESTINATIONS"] == destinations


@pytest.mark.parametrize(
    ("action", "title", "cell"),
    [
        ({}, "TIMEOUT", "15s"),
        ({"timeout": "0s"}, "TIMEOUT", "none"),
        ({"timeout": "1.500s"}, "TIMEOUT", "1.500s"),
        ({"prefix_rewrite": "/n", "host_rewrite_literal": "h"}, "REWRITE", "path /n, host h"),
        ({"regex_rewrite": {"pattern": {"regex": "^/a"}, "substitution": "/b"}}, "REWRITE", "path ~^/a=/b"),
        ({"auto_host_rewrite": True}, "REWRITE", "host of the endpoint"),
        ({"retry_policy": {"retry_on": "5xx"}}, "RETRIES", "1 on 5xx"),
        ({"retry_policy": {"num_retries": 3}}, "RETRIES", "-"),
        ({"request_mirror_policies": [{"cluster": "m"}]}, "MIRRORS", "m 100%"),
        ({"request_mirror_policies": [{"cluster": "m", "runtime_fraction": {"default_value": {"numerator": 5}}}]},
         "MIRRORS", "m 5%"),
    ],
)  # fmt: skip
def test_how_a_route_sends(action: dict[str, Any], title: str, cell: str) -> None:
    assert row({"match": {"prefix": "/"}, "route": {**TO_A, **action}})[title] == cell


def test_retries_and_mirrors_of_the_virtual_host_count_where_a_route_has_none() -> None:
    cells = row(
        {"match": {"prefix": "/"}, "route": TO_A},
        retry_policy={"retry_on": "reset", "num_retries": 2},
        request_mirror_policies=[{"cluster": "m"}],
    )
    assert (cells["RETRIES"], cells["MIRRORS"]) == ("2 on reset", "m 100%")


@pytest.mark.parametrize(
    ("domains", "shown"),
    [
        ([], ""),
        (["*"], "*"),
        (["a:80"], "a:80"),
        (["a:80", "b:80"], ""),
        (["a", "a:80"], "a"),
        (["a", "b"], "a, b"),
        (["a", "b", "c"], "a, b + 1 more..."),
        (["a", "a.svc", "a.svc.cluster.local"], "a"),
        (["a.b.svc.cluster.local", "a.b.svc", "a.b", "a"], "a.b, a"),
        (["a.svc.cluster.local", "b"], "a.svc.cluster.local, b"),
        (["[fd00:1::1]", "[fd00:1::1]:80"], "[fd00:1::1]"),
        (["[fd00::1]", "a"], "a"),  # istioctl takes an address with two colons for one with a port
    ],
)
def test_domains_without_those_that_say_the_same(domains: list[str], shown: str) -> None:
    assert domains_text(domains) == shown


@pytest.mark.parametrize(
    ("filters", "hosts"),
    [
        ({}, ["a", "b", "any"]),
        ({"host": "A.example"}, ["a"]),
        ({"host": "x.b.example"}, ["b"]),
        ({"host": "other"}, ["any"]),
        ({"match": "/two"}, ["a"]),
        ({"match": "POST"}, ["b"]),
        ({"destination": "to-b"}, ["b"]),
        ({"host": "a.example", "destination": "to-b"}, []),
    ],
)
def test_filters(filters: dict[str, str], hosts: list[str], tmp_path: Path) -> None:
    post = {"name": ":method", "string_match": {"exact": "POST"}}
    found = {
        "name": "80",
        "virtual_hosts": [
            {"name": "a", "domains": ["a.example"],
             "routes": [{"match": {"path": "/two"}, "route": {"cluster": "to-a"}}]},
            {"name": "b", "domains": ["*.b.example"],
             "routes": [{"match": {"prefix": "/", "headers": [post]}, "route": {"cluster": "to-b"}}]},
            {"name": "any", "domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "to-c"}}]},
        ],
    }  # fmt: skip
    wanted = Filters(**filters)  # type: ignore[arg-type]
    dump = read(made.text(made.routes(found)))
    table = VIEW.table(select(dump, wanted), wanted)
    assert [cells[1] for cells in table.rows] == hosts


def test_names_of_many_digits_are_no_numbers() -> None:
    names = ["9" * 5000, "90", "-1", "80"]
    shown = table(read(made.text(made.routes(*({"name": name} for name in names)))))
    assert shown == [("9" * 5000, "0"), ("-1", "0"), ("80", "0"), ("90", "0")]


def test_configurations_that_were_refused_at_once_are_not_there() -> None:
    section = made.routes({"name": "80"})
    section["dynamic_route_configs"].append({"error_state": {"details": "no"}})
    assert table(read(made.text(section))) == [("80", "0")]


def table(dump: ConfigDump) -> list[tuple[str, ...]]:
    short = Filters(verbose=False)
    return VIEW.table(VIEW.select(dump, short), short).rows
