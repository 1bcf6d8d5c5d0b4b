"""Single matches, and what happens to path and host before: a real Envoy decides about each request as predicted."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from meshctl.proxyconfig.dump import read
from tests.envoy.client import send
from tests.envoy.process import loopback, running
from tests.envoy.resources import Json, address, cluster, connection_manager, endpoints, typed
from tests.envoy.upstreams import upstreams
from tests.proxyconfig.trace.generated_routes import Asked
from tests.proxyconfig.trace.test_routes_against_envoy import predicted


def _headers(**condition: object) -> Json:
    return {"prefix": "/", "headers": [{"name": "x-a", **condition}]}


def _template(text: str) -> Json:
    config = typed("path.match.uri_template.v3.UriTemplateMatchConfig", path_template=text)
    return {"path_match_policy": {"name": "envoy.path.match.uri_template.uri_template_matcher", "typed_config": config}}


def _cookie(**condition: object) -> Json:
    return {"prefix": "/", "cookies": [{"name": "c", **condition}]}


MATCHES: Sequence[Json] = [
    {"prefix": "/a?b"}, {"prefix": "/a"}, {"path": "/a"}, {"path_separated_prefix": "/a"}, {"path": ""},
    {"safe_regex": {"regex": "/a.*"}}, {"safe_regex": {"regex": "/A"}, "case_sensitive": False},
    {"connect_matcher": {}},
    _headers(string_match={"prefix": "a"}, invert_match=True), _headers(string_match={"exact": "a"}),
    _headers(string_match={"exact": ""}), _headers(string_match={"contains": "b"}, invert_match=True),
    _headers(range_match={"start": 0, "end": 5}, invert_match=True), _headers(range_match={"start": -5, "end": 5}),
    _headers(invert_match=True), _headers(present_match=False, invert_match=True),
    _headers(present_match=True, treat_missing_header_as_empty=True),
    _headers(present_match=False, treat_missing_header_as_empty=True),
    _headers(range_match={"start": 0, "end": 5}, treat_missing_header_as_empty=True, invert_match=True),
    _headers(string_match={"safe_regex": {"regex": "a|b"}}, treat_missing_header_as_empty=True),
    {"prefix": "/", "headers": [{"name": ":path", "string_match": {"suffix": "?q=1"}}]},
    {"prefix": "/", "headers": [{"name": ":authority", "string_match": {"prefix": "x.te"}}]},
    {"prefix": "/", "headers": [{"name": ":scheme", "string_match": {"exact": "http"}}]},
    {"prefix": "/", "headers": [{"name": "host", "string_match": {"exact": "x.test"}}]},
    {"prefix": "/", "headers": [{"name": "x-forwarded-proto", "string_match": {"exact": "http"}}]},
    {"prefix": "/", "headers": [{"name": "x-request-id"}]},
    {"prefix": "/", "headers": [{"name": "cookie", "string_match": {"contains": "c=1"}}]},
    {"prefix": "/", "query_parameters": [{"name": "q", "string_match": {"exact": ""}}]},
    {"prefix": "/", "query_parameters": [{"name": "q", "string_match": {"exact": "A", "ignore_case": True}}]},
    {"prefix": "/", "tls_context": {"presented": False}}, {"prefix": "/", "tls_context": {"presented": True}},
    _cookie(string_match={"exact": "1"}), _cookie(string_match={"exact": "1"}, invert_match=True),
    *map(_template, ("/a/*/c", "/a/**", "/{x}/b", "/{x=**}/b", "/a/{y=*}.txt", "/a/**.js", "/a")),
]  # fmt: skip

REQUESTS = [
    *(Asked("x.test", path=path) for path in
      ("/", "/a", "/a/", "/ab", "/a?b", "/a?q=1", "/a?q", "/a?q=", "/a?q=a&q=b", "/a?r&q=A", "/a/b/c", "/a/b", "/A",
       "/a//c", "/a/x.txt", "/a/b/x.js", "/z/b", "/a/b/c/b", "/a/b%20/c", "/a/b?q=1", "/?", "/a;x=1")),
    *(Asked("x.test", headers=tuple(("x-a", value) for value in values)) for values in
      (["a"], ["b"], [""], ["abc", "b"], ["b", "abc"], ["b", "c"], ["1"], ["9"], ["1", "9"], ["9", "1"], ["1,9"],
       ["+1"], ["01"], ["-5"], ["5"], ["1.0"], ["0x1"], ["a,b"])),
    *(Asked("x.test", headers=tuple(("cookie", value) for value in values)) for values in
      (["c=1"], ["a=2; c=1"], ["c=2"], ["c=2", "c=1"], ["c=1; c=2"], ['c="1"'], ["c"], ["C=1"])),
    Asked("y.test"), Asked("x.test:80"),
]  # fmt: skip


def test_each_match_decides_as_envoy_does() -> None:
    own = loopback()
    listeners = []
    for number, match in enumerate(MATCHES):
        routes = [{"name": "yes", "match": match, "direct_response": {"status": 222}}]
        inline = {"name": "r", "virtual_hosts": [{"name": "v", "domains": ["*"], "routes": routes}]}
        filters = [connection_manager({"route_config": inline})]
        listeners.append(
            {"name": str(number), "address": address(own, 20_000 + number), "filter_chains": [{"filters": filters}]}
        )
    with running(listeners=listeners) as envoy:
        dump = read(json.dumps(envoy.dump()).encode())
        wrong = []
        for number, match in enumerate(MATCHES):
            where = (own, 20_000 + number)
            for asked in REQUESTS:
                status = send(where, asked.method, asked.path, [("host", asked.host), *asked.headers]).status
                if predicted(dump, asked, where).status != status:
                    wrong.append((match, asked, status))
    assert wrong == []


PATHS = (
    "/a/../b", "/a/./b", "/a//b", "/a%2fb", "/a%5Cb", "/a\\b", "/%61bc", "/a%2e%2e/b", "/a/%2e%2e/b", "/..", "/a/..",
    "/a/.", "/../../x", "/a%20b", "/a%zz", "/%7euser", "/a;p=1/b", "/a?x=/../y", "/a#f", "/a%23f", "/a%00", "/%c3%a9",
    "/a|b", "/a^b", '/a"b', "/<a>", "/[a]", "/{a}", "/a`b", "/a,b;c=d@e:f$g!h*i(j)", "//a", "/a/b/../../../c/", "/a%2",
    "/%2F%2F", "///", "/a/%2E", "/a%2f%2e%2e%2fb", "/?", "/%25", "/%2e%2e%2fa?b=%2f",
)  # fmt: skip

_ESCAPED = ("KEEP_UNCHANGED", "REJECT_REQUEST", "UNESCAPE_AND_REDIRECT", "UNESCAPE_AND_FORWARD")
MANAGERS: Sequence[Json] = [
    {}, {"normalize_path": True}, {"merge_slashes": True}, {"normalize_path": True, "merge_slashes": True},
    *({"path_with_escaped_slashes_action": action} for action in _ESCAPED),
    *({"normalize_path": True, "path_with_escaped_slashes_action": action} for action in _ESCAPED),
]  # fmt: skip


def test_paths_are_put_in_order_as_envoy_does() -> None:
    own = loopback()
    routes = [{"match": {"prefix": "/"}, "route": {"cluster": "c"}}]
    inline = {"name": "r", "virtual_hosts": [{"name": "v", "domains": ["*"], "routes": routes}]}
    listeners = [
        {"name": str(number), "address": address(own, 20_000 + number),
         "filter_chains": [{"filters": [connection_manager({"route_config": inline}, **manager)]}]}
        for number, manager in enumerate(MANAGERS)
    ]  # fmt: skip
    wrong = []
    with upstreams([(own, 9000)]), running(
        listeners=listeners, clusters=[cluster("c")], endpoints=[endpoints("c", (own, 9000))]
    ) as envoy:  # fmt: skip
        dump = read(json.dumps(envoy.dump()).encode())
        for number, manager in enumerate(MANAGERS):
            where = (own, 20_000 + number)
            for path in PATHS:
                answer = send(where, target=path, headers=[("host", "x.test")])
                trace = predicted(dump, Asked("x.test", path=path), where)
                seen = (
                    json.loads(answer.body)["request"][len("GET ") : -len(" HTTP/1.1")]
                    if answer.body[:1] == b"{"
                    else ""
                )
                if (trace.status or 200, "" if trace.status else trace.request.path) != (answer.status, seen):
                    wrong.append((manager, path, answer.status, seen, trace.request.path, trace.status))
    assert wrong == []


DOMAINS = ("a.test", "*.test", "*.b.test", "*-c.test", "a.*", "a.b.*", "port.test:8080", "[::1]", "[::1]:90", "UP.test")
HOSTS = (
    "a.test", "A.TEST", "a.test:80", "a.test:8080", "x.test", "x.b.test", "b.test", ".b.test", "x-c.test", "-c.test",
    "y.x-c.test", "a.org", "a.", "a.b.org", "a.b.", "port.test", "port.test:8080", "port.test:80", "other", "[::1]",
    "[::1]:90", "[::1]:91", "up.TEST", "a.test.", "x.test.:80", "x.b.test:443", "a.test:x", "a.b.test", "test",
    "*.test", "port.test:8080.", "a.test.:80.",
)  # fmt: skip
HOST_SETTINGS: Sequence[tuple[Json, Json]] = [
    ({}, {}), ({}, {"ignore_port_in_host_matching": True}), ({"strip_any_host_port": True}, {}),
    ({"strip_matching_host_port": True}, {}), ({"strip_trailing_host_dot": True}, {}),
    ({"strip_trailing_host_dot": True, "strip_any_host_port": True}, {}), ({}, {"vhost_header": "x-host"}),
]  # fmt: skip


@pytest.mark.parametrize("default", [True, False])
def test_hosts_choose_their_virtual_host_as_envoy_does(default: bool) -> None:
    own = loopback()
    hosts = [
        {"name": domain, "domains": [domain],
         "routes": [{"match": {"prefix": "/"}, "direct_response": {"status": 200, "body": {"inline_string": domain}}}]}
        for domain in (*DOMAINS, *(["*"] if default else []))
    ]  # fmt: skip
    listeners = [
        {"name": str(number), "address": address(own, 8080 + number), "filter_chains": [{"filters": [
            connection_manager({"route_config": {"name": "r", "virtual_hosts": hosts, **routes}}, **manager)]}]}
        for number, (manager, routes) in enumerate(HOST_SETTINGS)
    ]  # fmt: skip
    wrong = []
    with running(listeners=listeners) as envoy:
        dump = read(json.dumps(envoy.dump()).encode())
        for number, settings in enumerate(HOST_SETTINGS):
            where = (own, 8080 + number)
            for host in HOSTS:
                asked = Asked(host, headers=(("x-host", "a.test"),) if host.startswith("x") else ())
                answer = send(where, headers=[("host", host), *asked.headers])
                trace = predicted(dump, asked, where)
                name = trace.host.virtual_host.name if trace.host and trace.host.virtual_host else ""
                if answer.status != 400 and name != (answer.body.decode() if answer.status == 200 else ""):
                    wrong.append((settings, host, answer, name))
    assert wrong == []
