"""Random permissions and principals of every kind."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]

TEXTS = {
    "exact": ("red", "7", "", "x red", "Red"),
    "prefix": ("r", "blue", "x", "RE"),
    "suffix": ("red", "1", "ED"),
    "contains": ("e", "lue", "ED", ","),
    "regex": (".*", ".+", "red|blue.*", "[a-z]+", "\\d+"),
}
HEADERS = (
    "x-tenant",
    "x-tenant",
    "x-tenant",
    "X-Tenant",
    "x-missing",
    "cookie",
    ":method",
    ":path",
    ":authority",
    "host",
)
VALUES = {
    ":method": ("GET", "POST", "get"), ":path": ("/api/x", "/", "/api"), ":authority": ("shop.example", "orders"),
    "host": ("shop.example", "orders"), "cookie": ("a=1", "red", "a=2; b=red"),
}  # fmt: skip
PATHS = {
    "exact": ("/admin/x", "/api/x", "/", "/api", "/a%2Fb", "/api/a"),
    "prefix": ("/api/", "/API", "/admin", "/shop/1", "//", "/"),
    "suffix": ("/export", "x", "/"),
    "contains": ("items", "%", "pi"),
    "regex": ("/api/.*", "/[a-z]+", ".*x", "/shop/\\d/items/.*"),
}
IDENTITIES = {
    "exact": (
        "spiffe://cluster.local/ns/shop/sa/web",
        "spiffe://cluster.local/ns/held/sa/orders",
        "cluster.local/ns/shop/sa/web",
    ),
    "prefix": ("spiffe://cluster.local/ns/shop", "spiffe://cluster.local/ns/shop/", "spiffe://other/"),
    "suffix": ("/sa/web", "sa/held-ingress"),
    "contains": ("/ns/shop/", "EU"),
    "regex": (".+", ".*", ".*/ns/held/.*", "spiffe://.*/sa/web"),
}
NAMES = {
    "exact": ("shop.example", "a.test", "Shop.Example", ""),
    "prefix": ("outbound_.8080_", "shop"),
    "suffix": (".example", ".test", "local"),
    "contains": ("orders", "."),
    "regex": (".*", "[a-z.]+"),
}
OLD_FORMS: tuple[Json, ...] = (
    {"exact_match": "red"}, {"prefix_match": "r"}, {"suffix_match": "d"}, {"contains_match": "e"},
    {"safe_regex_match": {"regex": "[a-z]+"}},
)  # fmt: skip
RANGES = (
    "10.0.0.0/8", "10.0.0.0/24", "10.0.0.14/32", "10.9.0.0/16", "192.0.2.0/24", "198.51.100.0/25", "203.0.113.9/32",
    "2001:db8::/32", "2001:db8::/64", "::/0", "0.0.0.0/0", "127.1.0.0/16", "127.1.0.2/32", "127.0.0.0/9", "fd00::/8",
)  # fmt: skip
TEMPLATES = (
    "/shop/*/items/**",
    "/shop/*/items/*",
    "/**",
    "/api/*",
    "/*/x",
    "/{first}/{rest=**}",
    "/{a=api/*}",
    "/**/x",
)


def text(rng: random.Random, values: dict[str, tuple[str, ...]]) -> Json:
    """A string matcher."""
    kind = rng.choice([one for one in values if one != "exact"] + ["exact"] * 2)
    value = rng.choice(values[kind])
    if kind == "regex":
        return {"safe_regex": {"regex": value}}
    if not value and kind != "exact":
        value = "x"
    return {kind: value, **({"ignore_case": True} if rng.random() < 0.3 else {})}


def header(rng: random.Random) -> Json:
    """A condition on a header in any of its forms."""
    name = rng.choice(HEADERS)
    own = VALUES.get(name)
    found: Json = {"name": name}
    form = rng.choice(("string", "string", "string", "range", "present", "name", "old"))
    if form == "string":
        found["string_match"] = {"exact": rng.choice(own)} if own and rng.random() < 0.6 else text(rng, TEXTS)
    elif form == "range":
        found["range_match"] = {"start": rng.choice(("-1", "5", "7")), "end": rng.choice(("7", "8", "100"))}
    elif form == "present":
        found["present_match"] = rng.random() < 0.6
    elif form == "old":
        found |= rng.choice(OLD_FORMS)
    if rng.random() < 0.25:
        found["invert_match"] = True
    if rng.random() < 0.25:
        found["treat_missing_header_as_empty"] = True
    return {"header": found}


def span(rng: random.Random) -> Json:
    """A range of addresses."""
    prefix, _, length = rng.choice(RANGES).partition("/")
    return {"address_prefix": prefix, "prefix_len": int(length)}


def template(rng: random.Random) -> Json:
    """A condition on the path as a template."""
    kind = "type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig"
    config = {"@type": kind, "path_template": rng.choice(TEMPLATES)}
    return {"name": "envoy.path.match.uri_template.uri_template_matcher", "typed_config": config}


def authenticated(rng: random.Random) -> Json:
    """A condition on the client's certificate."""
    return {"principal_name": text(rng, IDENTITIES)} if rng.random() < 0.85 else {}


def mutual(rng: random.Random) -> Json:
    """The same as an extension."""
    kind = "type.googleapis.com/envoy.extensions.rbac.principals.mtls_authenticated.v3.Config"
    how: Json = {"any_validated_client_certificate": True}
    if rng.random() < 0.7:
        how = {"san_matcher": {"san_type": rng.choice(("URI", "URI", "DNS")), "matcher": text(rng, IDENTITIES)}}
    return {"name": "envoy.rbac.principals.mtls_authenticated", "typed_config": {"@type": kind, **how}}


def port_range(rng: random.Random) -> Json:
    """A range of ports, which often ends at one that is asked for."""
    start, end = sorted(rng.sample((1, 80, 81, 7000, 8080, 9090, 9091), 2))
    return {"start": start, "end": end}


PERMISSIONS: dict[str, Callable[[random.Random], Any]] = {
    "any": lambda rng: True,
    "header": lambda rng: header(rng)["header"],
    "url_path": lambda rng: {"path": text(rng, PATHS)},
    "destination_ip": span,
    "destination_port": lambda rng: rng.choice((80, 7000, 8080, 9090)),
    "destination_port_range": port_range,
    "requested_server_name": lambda rng: text(rng, NAMES),
    "uri_template": template,
    "and_rules": lambda rng: {"rules": [permission(rng) for _ in range(rng.choice((1, 2)))]},
    "or_rules": lambda rng: {"rules": [permission(rng) for _ in range(rng.choice((1, 2, 3)))]},
    "not_rule": lambda rng: permission(rng),
}

PRINCIPALS: dict[str, Callable[[random.Random], Any]] = {
    "any": lambda rng: True,
    "header": lambda rng: header(rng)["header"],
    "url_path": lambda rng: {"path": text(rng, PATHS)},
    "authenticated": authenticated,
    "direct_remote_ip": span,
    "remote_ip": span,
    "filter_state": lambda rng: {"key": "io.istio.peer_principal", "string_match": text(rng, IDENTITIES)},
    "custom": mutual,
    "and_ids": lambda rng: {"ids": [principal(rng) for _ in range(rng.choice((1, 2)))]},
    "or_ids": lambda rng: {"ids": [principal(rng) for _ in range(rng.choice((1, 2, 3)))]},
    "not_id": lambda rng: principal(rng),
}


def permission(rng: random.Random) -> Json:
    """Any permission; seldom the one that fits all."""
    kind = rng.choice([one for one in PERMISSIONS if one != "any" or rng.random() < 0.3])
    return {kind: PERMISSIONS[kind](rng)}


def principal(rng: random.Random) -> Json:
    """Any principal."""
    kind = rng.choice([one for one in PRINCIPALS if one != "any" or rng.random() < 0.3])
    return {kind: PRINCIPALS[kind](rng)}


_OF_REQUESTS = ('"header"', '"url_path"', '"uri_template"', '"filter_state"')


def of_connection(rng: random.Random, make: Callable[[random.Random], Json]) -> Json:
    """A condition that asks for nothing of HTTP: Envoy takes no others in network filters."""
    while True:
        found = make(rng)
        if not any(kind in json.dumps(found) for kind in _OF_REQUESTS):
            return found
