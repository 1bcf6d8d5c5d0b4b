"""Routes of every form, and requests that are made to fit one of them, or just not to."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.envoy.resources import Json

Header = tuple[str, str]


@dataclass(frozen=True)
class Asked:
    """A request to be sent."""

    host: str
    method: str = "GET"
    path: str = "/"
    headers: tuple[Header, ...] = ()


@dataclass(frozen=True)
class Condition:
    """A part of a match, and what makes a request fulfil it."""

    kind: str
    match: Json
    fulfil: Callable[[Asked], Asked]


WORDS = ("a", "ab", "abc", "b", "v1", "v2", "api")
NAMES = ("x-a", "x-b", "end-user")
METHODS = ("GET", "POST", "PUT", "DELETE")


def path_conditions(rng: random.Random) -> list[Condition]:
    word, other = rng.choice(WORDS), rng.choice(WORDS)
    tail = rng.choice(["", "/", "x", "/y", "?q=1", "/y?q=1", ";p=1"])

    def at(path: str) -> Callable[[Asked], Asked]:
        return lambda asked: replace(asked, path=path)

    return [
        Condition("prefix", {"prefix": f"/{word}"}, at(f"/{word}{tail}")),
        Condition("path", {"path": f"/{word}/{other}"}, at(f"/{word}/{other}{rng.choice(['', '?a=b', '/'])}")),
        Condition("regex", {"safe_regex": {"regex": f"/{word}/[0-9]+"}},
                  at(f"/{word}/12{rng.choice(['', '?a=1', 'z'])}")),
        Condition("separated prefix", {"path_separated_prefix": f"/{word}"}, at(f"/{word}{tail}")),
        Condition("prefix, any case", {"prefix": f"/{word.upper()}", "case_sensitive": False}, at(f"/{word}{tail}")),
        Condition("path, any case", {"path": f"/{word}/X", "case_sensitive": False}, at(f"/{word.upper()}/x")),
        Condition("separated prefix, any case",
                  {"path_separated_prefix": f"/{word}", "case_sensitive": False}, at(f"/{word.upper()}{tail}")),
    ]  # fmt: skip


def header_conditions(rng: random.Random) -> list[Condition]:
    name, word = rng.choice(NAMES), rng.choice(WORDS)
    number = rng.randrange(-3, 20)

    def having(*values: str) -> Callable[[Asked], Asked]:
        return lambda asked: replace(asked, headers=(*asked.headers, *((name, value) for value in values)))

    def text(kind: str, matcher: Json, *values: str, **more: Any) -> Condition:
        return Condition(kind, {"headers": [{"name": name, "string_match": matcher, **more}]}, having(*values))

    value = rng.choice([word, f"{word}x", f"x{word}", "", "zz"])
    return [
        text("header exact", {"exact": word}, word),
        text("header exact of two", {"exact": "b"}, word, "b"),
        text("header exact, any case", {"exact": word.upper(), "ignore_case": True}, word),
        text("header prefix", {"prefix": word}, f"{word}{rng.choice(WORDS)}"),
        text("header suffix", {"suffix": word}, f"{rng.choice(WORDS)}{word}"),
        text("header contains", {"contains": word}, f"1{word}2"),
        text("header regex", {"safe_regex": {"regex": f"{word}[0-9]*"}}, f"{word}{rng.choice(['', '7', 'x'])}"),
        text("header inverted", {"exact": word}, value, invert_match=True),
        text("header inverted or missing", {"exact": word}, *rng.choice([(), (value,)]), invert_match=True,
             treat_missing_header_as_empty=True),
        text("header empty or missing", {"exact": ""}, *rng.choice([(), (value,)]), treat_missing_header_as_empty=True),
        Condition("header present", {"headers": [{"name": name}]}, having(value)),
        Condition("header present, said", {"headers": [{"name": name, "present_match": True}]}, having(value)),
        Condition("header absent", {"headers": [{"name": name, "present_match": False}]}, lambda asked: asked),
        Condition("header absent, inverted", {"headers": [{"name": name, "present_match": True, "invert_match": True}]},
                  lambda asked: asked),
        Condition("header range", {"headers": [{"name": name, "range_match": {"start": -1, "end": 10}}]},
                  having(str(number))),
        Condition("header outside range",
                  {"headers": [{"name": name, "range_match": {"start": 0, "end": 5}, "invert_match": True}]},
                  having(rng.choice([str(number), "x", "3.0"]))),
    ]  # fmt: skip


def other_conditions(rng: random.Random) -> list[Condition]:
    method, word = rng.choice(METHODS), rng.choice(WORDS)

    def query(kind: str, matcher: Json, pair: str) -> Condition:
        def fulfil(asked: Asked) -> Asked:
            return replace(asked, path=f"{asked.path}{'&' if '?' in asked.path else '?'}{pair}")

        return Condition(kind, {"query_parameters": [matcher]}, fulfil)

    share = rng.choice([0, 100])
    grpc = rng.choice(["application/grpc+proto", "application/grpc"])
    fraction = {"default_value": {"numerator": share, "denominator": "HUNDRED"}}
    return [
        Condition("method", {"headers": [{"name": ":method", "string_match": {"exact": method}}]},
                  lambda asked: replace(asked, method=method)),
        Condition("method regex", {"headers": [{"name": ":method", "string_match": {"safe_regex": {"regex": "P.*"}}}]},
                  lambda asked: replace(asked, method=rng.choice(["POST", "PUT"]))),
        query("query exact", {"name": "q", "string_match": {"exact": word}}, f"q={word}"),
        query("query prefix", {"name": "q", "string_match": {"prefix": word}}, f"q={word}{rng.choice(WORDS)}"),
        query("query regex", {"name": "q", "string_match": {"safe_regex": {"regex": "[a-z]+"}}}, f"q={word}"),
        query("query present", {"name": "p", "present_match": True}, rng.choice(["p", "p=", f"p={word}"])),
        query("query named", {"name": "p"}, rng.choice(["p", f"p={word}"])),
        query("query escaped", {"name": "q", "string_match": {"exact": "a%20b"}}, rng.choice(["q=a%20b", "q=a+b"])),
        Condition("query absent", {"query_parameters": [{"name": "p", "present_match": False}]}, lambda asked: asked),
        Condition(f"share {share}", {"runtime_fraction": fraction}, lambda asked: asked),
        Condition("gRPC", {"grpc": {}}, lambda asked: replace(asked, headers=(*asked.headers, ("content-type", grpc)))),
    ]  # fmt: skip


@dataclass(frozen=True)
class Action:
    """What a generated route does."""

    kind: str
    route: Json
    headers: tuple[Header, ...] = ()


def actions(rng: random.Random, clusters: Sequence[str]) -> list[Action]:
    one, two = rng.sample(list(clusters), 2)
    weights = [{"name": one, "weight": rng.randrange(4)}, {"name": two, "weight": rng.randrange(1, 4)}]
    redirect: list[Json] = [
        {"path_redirect": "/new"}, {"path_redirect": "/new?x=1"}, {"prefix_rewrite": "/other"},
        {"host_redirect": "other.test"}, {"https_redirect": True}, {"scheme_redirect": "https"},
        {"port_redirect": 8443}, {"https_redirect": True, "port_redirect": 443}, {"strip_query": True},
        {"host_redirect": "h.test", "path_redirect": "/p", "response_code": "PERMANENT_REDIRECT"},
        {"response_code": "SEE_OTHER"}, {"response_code": "TEMPORARY_REDIRECT", "prefix_rewrite": "/"},
        {"response_code": "FOUND", "regex_rewrite": {"pattern": {"regex": "^/([a-z]+)"}, "substitution": r"/\1\1"}},
    ]  # fmt: skip
    return [
        Action("cluster", {"route": {"cluster": one}}),
        Action("cluster rewritten", {"route": {"cluster": one, "prefix_rewrite": "/re"}}),
        Action("cluster with regex", {"route": {"cluster": one, "regex_rewrite": {
            "pattern": {"regex": "([a-z])b"}, "substitution": r"<\1>"}}}),
        Action("weighted", {"route": {"weighted_clusters": {"clusters": weights}}}),
        Action("weighted by header", {"route": {"weighted_clusters": {"clusters": weights, "header_name": "x-draw"}}},
               (("x-draw", str(rng.randrange(100))),)),
        Action("cluster header", {"route": {"cluster_header": "x-to"}},
               rng.choice([(("x-to", one),), (), (("x-to", "no"),)])),
        Action("no cluster", {"route": {"cluster": "gone", "cluster_not_found_response_code": rng.choice(
            ["SERVICE_UNAVAILABLE", "NOT_FOUND", "INTERNAL_SERVER_ERROR"])}}),
        Action("empty cluster", {"route": {"cluster": "empty"}}),
        Action("direct response", {"direct_response": {"status": rng.choice([200, 204, 418, 503])}}),
        Action("redirect", {"redirect": rng.choice(redirect)}),
    ]  # fmt: skip


@dataclass
class Mesh:
    """Virtual hosts with routes, and requests to them; `kinds` tells by the name of a route what it is made of."""

    virtual_hosts: list[Json] = field(default_factory=list)
    requests: list[Asked] = field(default_factory=list)
    kinds: dict[str, set[str]] = field(default_factory=dict)


HOSTS = (
    ("domain", "{n}.exact.test", "{n}.exact.test"),
    ("domain, any case", "{n}.Exact.test", "{n}.EXACT.test"),
    ("domain suffix", "*.{n}.suffix.test", "a.b.{n}.suffix.test"),
    ("domain suffix without dot", "*-{n}.dash.test", "x-{n}.dash.test"),
    ("domain prefix", "{n}.prefix.*", "{n}.prefix.example.org"),
    ("domain with port", "{n}.port.test:8080", "{n}.port.test:8080"),
)


def mesh(seed: int, hosts: int, clusters: Sequence[str]) -> Mesh:
    """A mesh with that many virtual hosts and one for all other hosts."""
    rng = random.Random(seed)
    found = Mesh()
    for number in range(hosts):
        kind, domain, host = rng.choice(HOSTS)
        name = f"h{number}"
        virtual_host: Json = {"name": name, "domains": [domain.format(n=name)], "routes": []}
        for index in range(rng.randrange(3, 7)):
            route_name = f"{name}/{index}"
            conditions = [rng.choice(path_conditions(rng))]
            if rng.random() < 0.75:
                conditions.append(rng.choice(header_conditions(rng)))
            if rng.random() < 0.6:
                conditions.append(rng.choice(other_conditions(rng)))
            action = rng.choice(actions(rng, clusters))
            virtual_host["routes"].append(
                {"name": route_name, "match": _merged([one.match for one in conditions]), **action.route}
            )
            found.kinds[route_name] = {kind, action.kind, *(one.kind for one in conditions)}
            found.requests += _requests(rng, host.format(n=name), conditions, action.headers)
        if rng.random() < 0.5:
            found.kinds[f"{name}/rest"] = {kind, "fallback"}
            virtual_host["routes"].append(
                {"name": f"{name}/rest", "match": {"prefix": "/"}, "direct_response": {"status": 299}}
            )
        found.virtual_hosts.append(virtual_host)
    rest = {"name": "rest/0", "match": {"prefix": "/"}, "direct_response": {"status": 298}}
    found.virtual_hosts.append({"name": "rest", "domains": ["*"], "routes": [rest]})
    found.kinds["rest/0"] = {"domain *"}
    unknown = ("other.test", "suffix.test", "h0.suffix.test", "h1.prefix", "h1.prefix.", ".exact.test")
    found.requests += [Asked(host) for host in unknown * 4]
    return found


def _requests(
    rng: random.Random, host: str, conditions: Sequence[Condition], headers: tuple[Header, ...]
) -> list[Asked]:
    """A request that fulfils all conditions, and some that are like it."""
    full = Asked(host, headers=headers)
    for condition in conditions:
        full = condition.fulfil(full)
    found = [full, replace(full, path="/"), replace(full, headers=headers, method=rng.choice(METHODS))]
    if len(conditions) > 1:
        without = Asked(host, headers=headers)
        left_out = rng.choice(conditions)
        for condition in conditions:
            without = condition.fulfil(without) if condition is not left_out else without
        found.append(without)
    extra = rng.choice([*path_conditions(rng), *header_conditions(rng), *other_conditions(rng)])
    return [*found, extra.fulfil(full)]


def _merged(matches: Sequence[Json]) -> Json:
    """One match out of several; lists are joined."""
    found: Json = {}
    for match in matches:
        for key, value in match.items():
            found[key] = found[key] + value if isinstance(value, list) and key in found else value
    return found
