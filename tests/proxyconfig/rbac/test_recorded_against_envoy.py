"""The filters that istiod made for the recorded proxy, run in a real Envoy: it decides as is predicted."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass

import pytest

from meshctl.proxyconfig.listeners import FilterChain
from meshctl.proxyconfig.rbac.stacks import filters_of
from meshctl.proxyconfig.rbac.verdict import Outcome
from meshctl.proxyconfig.trace.listeners import active
from tests.envoy.process import loopback
from tests.envoy.resources import cluster, endpoints, tcp_proxy
from tests.envoy.tokens import Issuer
from tests.envoy.upstreams import upstreams
from tests.proxyconfig.rbac.laboratory import SEED, Case, Sent, http_listener, laboratory, request, tcp_listener
from tests.proxyconfig.rbac.made import Json, http_rbac
from tests.proxyconfig.recordings import ORDERS, recorded_dump
from tests.proxyconfig.trace.laboratory import text

ACCOUNTS = (
    ("web", "held"),
    ("orders", "held"),
    ("held-ingress", "edge"),
    ("web", "default"),
    ("istiod", "istio-system"),
)
PATHS = ("/api/x", "/items", "/x/export", "/admin", "/admin/x", "/beta", "/items?a=b", "/API/x", "/", "/admin/../beta")
HOSTS = ("orders.held.svc.cluster.local", "Orders.Held.svc.cluster.local", "orders", "orders.held.svc.cluster.local:80")
TENANTS = ((), (("x-tenant", "red"),), (("x-tenant", "blue-2"),), (("x-tenant", "x"), ("x-tenant", "red")))


def _chain(*, http: bool) -> FilterChain:
    inbound = next(one for one in active(recorded_dump(ORDERS)) if one.name == "virtualInbound")
    return next(chain for chain in inbound.filter_chains if _controlled(chain, http=http))


def _controlled(chain: FilterChain, *, http: bool) -> bool:
    found = filters_of(recorded_dump(ORDERS), chain)
    return found.speaks_http == http and any(one.name.endswith(".rbac") for one in found.filters)


def _recorded(issuer: Issuer, *, http: bool) -> list[Json]:
    """The filters about access, with the key of the tests in place of the one whose owner is unknown."""
    found = []
    for one in filters_of(recorded_dump(ORDERS), _chain(http=http)).filters:
        config = json.loads(json.dumps(dict(one.config)))
        if one.name.rpartition(".")[2] in ("rbac", "jwt_authn"):
            for provider in config.get("providers", {}).values():
                provider["local_jwks"]["inline_string"] = issuer.key_set
            found.append({"name": one.name, "typed_config": config})
    return found


def _claims(rng: random.Random) -> Json:
    found: Json = {
        "iss": rng.choice(("issuer@held.example",) * 5 + ("other",)), "sub": rng.choice(("joe", "")),
        "aud": rng.choice(("orders", ["shop", "x"], "orders", "other")),
        "role": rng.choice(("clerk", ["clerk"], "boss")),
    }  # fmt: skip
    return found


@dataclass(frozen=True)
class _Cases:
    http: list[Case]
    tcp: list[Case]


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> _Cases:
    rng, issuer, upstream = random.Random(SEED), Issuer(), loopback()
    filters = _recorded(issuer, http=True)
    allowing = next(one for one in filters if "orders-allow" in json.dumps(one))["typed_config"]["rules"]
    told = http_rbac(shadow_rules=allowing, shadow_rules_stat_prefix="check_")  # so that Envoy names what allowed it
    listeners = [
        http_listener("http", [*filters, told], normalize_path=True),
        tcp_listener("tcp", _recorded(issuer, http=False), tcp_proxy("up")),
    ]
    requests: list[tuple[str, Sent]] = []
    tokens: dict[int, tuple[str, str]] = {}
    for index in range(1500):
        account = rng.choice((None, *ACCOUNTS))
        claims = _claims(rng) if rng.random() < 0.5 else None
        if claims is not None:
            tokens[index] = ("x-jwt", f"Token {issuer.token(claims)}")
        forwarded = (("x-forwarded-for", "198.51.100.7"),) if rng.random() < 0.1 else ()
        sent = request(
            rng, method=rng.choice(("GET", "GET", "HEAD", "POST", "TRACE")), path=rng.choice(PATHS),
            host=rng.choice(HOSTS), headers=(*rng.choice(TENANTS), *forwarded), account=account,
            server_name="orders" if account else "", claims=claims,
        )  # fmt: skip
        requests.append(("http", sent))
    requests += [
        ("tcp", request(rng, account=account, server_name="orders" if account else "", method="GET", forwarded=False))
        for account in (None, *ACCOUNTS) for _ in range(40)
    ]  # fmt: skip
    with upstreams([(upstream, 9080)]), laboratory(
        tmp_path_factory.mktemp("certificates"), listeners, accounts=ACCOUNTS,
        clusters=[cluster("up")], endpoints=[endpoints("up", (upstream, 9080))],
    ) as envoy:  # fmt: skip
        found = envoy.ask(requests, tokens)
    return _Cases(found[:1500], found[1500:])


def test_requests_are_answered_as_predicted_and_by_the_rule_predicted(cases: _Cases) -> None:
    seen: Counter[str] = Counter()
    for case in cases.http:
        verdict = case.verdict
        assert (verdict.outcome is Outcome.ALLOWED) == (case.status == 200), case
        named = verdict.decided_by.key if verdict.decided_by else "none"
        if case.status == 200:
            assert text(case.line["allowed_by"]) == named, case
        elif verdict.steps[-1].action == "JWT":
            assert (case.status, case.denied_by) == (verdict.steps[-1].status, ""), case
            named = verdict.reason
        else:
            assert (case.status, case.denied_by) == (403, named), case
        dry = [rule.key for step in verdict.steps for rule in step.shadow if "dry-run" in rule.key]
        assert text(case.line["dry_run"]) == (dry[0] if dry else ""), case
        seen[named] += 1
        seen.update(dry)
    wanted = {
        f"ns[held]-policy[{name}]-rule[{index}]"
        for name, count in (("orders-allow", 3), ("orders-deny", 3), ("whole-namespace", 1), ("orders-dry-run", 1))
        for index in range(count)
    }
    wanted |= {"none", "no provider has the issuer of its token", "its token is for another audience"}
    assert {key: seen[key] for key in wanted if seen[key] < 20} == {}


def test_connections_without_http_are_decided_as_predicted(cases: _Cases) -> None:
    seen: Counter[str] = Counter()
    for case in cases.tcp:
        verdict = case.verdict
        assert (verdict.outcome is Outcome.ALLOWED) == (case.status == 200), case
        named = verdict.decided_by.key if verdict.decided_by else "none"
        assert case.denied_by == ("" if case.status else named), case
        seen[named] += 1
    # Rules about HTTP deny TCP altogether: the last one of orders-deny has nothing else.
    assert set(seen) == {f"ns[held]-policy[orders-deny]-rule[{index}]" for index in (0, 1, 2)}
