"""Headers that a connection manager takes out or adds: routes of a real Envoy see of a request what was predicted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tests.envoy.client import OWN
from tests.envoy.resources import Json
from tests.proxyconfig.trace.generated_routes import Asked, Mesh
from tests.proxyconfig.trace.test_routes_against_envoy import check, run

HEADERS: Mapping[str, Sequence[str]] = {
    "connection": ("keep-alive",),
    "expect": ("100-continue",),
    "keep-alive": ("timeout=5",),
    "proxy-connection": ("keep-alive",),
    "te": ("trailers", "gzip"),
    "upgrade": ("websocket",),
    "x-envoy-decorator-operation": ("x",),
    "x-envoy-downstream-service-cluster": ("x",),
    "x-envoy-downstream-service-node": ("x",),
    "x-envoy-expected-rq-timeout-ms": ("5000",),
    "x-envoy-external-address": ("10.0.0.1",),
    "x-envoy-force-trace": ("true",),
    "x-envoy-hedge-on-per-try-timeout": ("true",),
    "x-envoy-internal": ("true",),
    "x-envoy-ip-tags": ("x",),
    "x-envoy-max-retries": ("3",),
    "x-envoy-original-host": ("x",),
    "x-envoy-original-path": ("/x",),
    "x-envoy-original-url": ("/x",),
    "x-envoy-retriable-header-names": ("x",),
    "x-envoy-retriable-status-codes": ("503",),
    "x-envoy-retry-grpc-on": ("cancelled",),
    "x-envoy-retry-on": ("5xx",),
    "x-envoy-upstream-alt-stat-name": ("x",),
    "x-envoy-upstream-rq-per-try-timeout-ms": ("5",),
    "x-envoy-upstream-rq-timeout-alt-response": ("x",),
    "x-envoy-upstream-rq-timeout-ms": ("5000",),
    "x-forwarded-client-cert": ("By=x",),
    "x-forwarded-for": ("10.0.0.1",),
    "x-forwarded-host": ("x",),
    "x-forwarded-port": ("9",),
    "x-request-id": ("x",),
    "via": ("1.1 x",),
}
"""Headers of requests, each with values of which a proxy makes different things."""


def _route(name: str, *headers: Json) -> Json:
    return {"name": name, "match": {"prefix": "/", "headers": list(headers)}, "direct_response": {"status": 299}}


@pytest.mark.parametrize("edge", [False, True])
def test_which_headers_routes_see(edge: bool) -> None:
    hosts = [
        {"name": name, "domains": [f"{name}.test"], "routes": [_route("there", {"name": name}), _route("gone")]}
        for name in HEADERS
    ]
    own = {"cidr_ranges": [{"address_prefix": OWN, "prefix_len": 32}, {"address_prefix": "10.0.0.7", "prefix_len": 32}]}
    inside = () if edge else (("x-forwarded-for", "10.0.0.7"),)
    asked = [
        Asked(f"{name}.test", headers=(*headers, *more))
        for name, values in HEADERS.items()
        for headers in ((), *(((name, value),) for value in values))
        for more in ((), inside)
    ]
    manager = {"use_remote_address": edge}
    for config in ({}, {"internal_address_config": own}):
        for case in run(Mesh(hosts, asked), {**manager, **config}):
            check(case)


XFF: Sequence[tuple[str, ...]] = [
    (), ("10.0.0.1",), ("8.8.8.8",), ("8.8.8.8, 10.0.0.1",), ("10.0.0.1, 8.8.8.8",), ("junk",), ("127.0.0.1",),
    ("10.0.0.1", "8.8.8.8"), ("10.0.0.1:90",), ("fd00::1",), ("::2",), ("",),
]  # fmt: skip


@pytest.mark.parametrize("internal", [None, {}, {"cidr_ranges": [{"address_prefix": "127.0.0.0", "prefix_len": 8}]}])
@pytest.mark.parametrize("edge", [False, True])
def test_hosts_that_require_tls_of_clients_outside_of_the_mesh(edge: bool, internal: Any) -> None:
    told_internal = {"name": "x-envoy-internal", "string_match": {"exact": "true"}}
    routes = [_route("internal", told_internal), _route("external")]
    secure = {"name": "v", "domains": ["*"], "require_tls": "EXTERNAL_ONLY", "routes": routes}
    https = (("x-forwarded-proto", "https"),)
    asked = [
        Asked("x.test", headers=(*(("x-forwarded-for", text) for text in told), *more))
        for told in XFF
        for more in ((), https)
    ]
    config = {} if internal is None else {"internal_address_config": internal}
    seen = set()
    for hops in (0, 1):
        manager = {"use_remote_address": edge, "xff_num_trusted_hops": hops, **config}
        for case in run(Mesh([secure], asked), manager):
            check(case)
            seen.add(case.answer.status)
    assert seen >= {301} if edge and internal == {} else seen == {299, 301}
