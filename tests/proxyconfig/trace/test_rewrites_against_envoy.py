"""Rewrites of path and host: a real Envoy sends requests on as predicted."""

from __future__ import annotations

import json
from collections.abc import Sequence

from tests.envoy.resources import Json, typed
from tests.proxyconfig.trace.generated_routes import Asked, Mesh
from tests.proxyconfig.trace.test_routes_against_envoy import CLUSTERS, check, run

_ONE, _TWO, _ = CLUSTERS


def _regex(regex: str, substitution: str) -> Json:
    return {"pattern": {"regex": regex}, "substitution": substitution}


def _template(text: str, rewrite: str) -> tuple[Json, Json]:
    match = typed("path.match.uri_template.v3.UriTemplateMatchConfig", path_template=text)
    written = typed("path.rewrite.uri_template.v3.UriTemplateRewriteConfig", path_template_rewrite=rewrite)
    return (
        {"path_match_policy": {"name": "envoy.path.match.uri_template.uri_template_matcher", "typed_config": match}},
        {"path_rewrite_policy": {"name": "envoy.path.rewrite.uri_template", "typed_config": written}},
    )


def _weighted(*hosts: str) -> Json:
    parts = [
        {"name": name, "weight": 1, "host_rewrite_literal": host} for name, host in zip(CLUSTERS, hosts, strict=False)
    ]
    return {"weighted_clusters": {"clusters": parts, "header_name": "x-draw"}}


ROUTES: Sequence[tuple[Json, Json]] = [
    ({"prefix": "/CASE", "case_sensitive": False}, {"prefix_rewrite": "/x"}),
    ({"path_separated_prefix": "/sep"}, {"prefix_rewrite": "/"}),
    ({"path": "/exact"}, {"prefix_rewrite": "/new?k=v"}),
    ({"safe_regex": {"regex": "/whole/.*"}}, {"prefix_rewrite": "/part"}),
    ({"prefix": "/groups"}, {"regex_rewrite": _regex(r"^/groups/(\w+)(/\w+)?$", r"/\2/\1/\\\0")}),
    ({"prefix": "/empty"}, {"regex_rewrite": _regex("b*", "-")}),
    _template("/shop/{item}/x/{rest=**}", "/out/{rest}/{item}"),
    ({"prefix": "/literal"}, {"host_rewrite_literal": "new.test:99"}),
    ({"prefix": "/header"}, {"host_rewrite_header": "x-host"}),
    ({"prefix": "/of-path"}, {"host_rewrite_path_regex": _regex(r"^/of-path/(\w+)/.*$", r"\1.test")}),
    ({"prefix": "/weighted"}, _weighted("one.test", "two.test")),
    ({"prefix": "/one"}, _weighted("one.test")),
    ({"prefix": "/both"}, {**_weighted("one.test", "two.test"), "host_rewrite_literal": "route.test"}),
    ({"prefix": "/"}, {"prefix_rewrite": "/rest/"}),
]  # fmt: skip

PATHS = (
    "/case /CASE/a?b=c /cAsEX /sep /sep/ /sep/a?q /exact?q=1 /whole/1?z=1 /groups/a/b?x=y /groups/a /groups /emptyabbc"
    " /empty?bb /shop/1/x/2/3 /shop/1/x/2?q=1 /shop/1/x/ /shop/1 /literal /of-path/aa/b?q=1 /of-path /one /both / /?a"
).split()

REQUESTS = [
    *(Asked("h.test", path=path) for path in PATHS),
    *(Asked("h.test", path="/header", headers=tuple(("x-host", host) for host in hosts))
      for hosts in ((), ("y.test",), ("",), ("a.test", "b.test"))),
    *(Asked("h.test", path=path, headers=(("x-draw", draw),)) for path in ("/weighted", "/both") for draw in "01"),
]  # fmt: skip


def test_endpoints_get_the_path_and_the_host_predicted() -> None:
    routes = [
        {"name": f"r{number}", "match": match, "route": action if "weighted_clusters" in action else
         {"cluster": _TWO, **action}}
        for number, (match, action) in enumerate(ROUTES)
    ]  # fmt: skip
    for case in run(Mesh([{"name": "v", "domains": ["*"], "routes": routes}], REQUESTS)):
        check(case)
        headers = dict(json.loads(case.answer.body)["headers"])
        assert case.trace.action is not None
        assert headers["host"] == case.trace.action.authority, case


def test_redirects_are_written_with_groups_of_a_match() -> None:
    redirect = {"regex_rewrite": _regex("^/(a)(/.*)?$", r"/\1\2z\0")}
    route = {"name": "r", "match": {"prefix": "/"}, "redirect": redirect}
    asked = [Asked("h.test", path=path) for path in ("/a", "/a/b?q=1", "/b")]
    for case in run(Mesh([{"name": "v", "domains": ["*"], "routes": [route]}], asked)):
        check(case)
