"""Made policies in a real Envoy, as meshctl makes filters of them: requests end as it says."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from meshctl import sources
from meshctl.diagnose.authz.policy_stack import policy_stack
from meshctl.diagnose.authz.question import Question, answer
from meshctl.diagnose.authz.subjects import by_labels
from meshctl.model.attached_policies import ProxyIdentity
from meshctl.model.snapshot import Snapshot
from meshctl.proxyconfig.rbac.verdict import Outcome
from tests.envoy.process import loopback
from tests.envoy.resources import cluster, endpoints, tcp_proxy
from tests.envoy.tokens import Issuer
from tests.envoy.upstreams import upstreams
from tests.proxyconfig.rbac.laboratory import SEED, Case, Sent, http_listener, laboratory, request, tcp_listener

Json = dict[str, Any]

EACH, ASKED = 4, 8
"""Policies for each condition, and requests to each policy."""
MIXED = 40

_NAMES = ("*", "cluster.local/ns/shop/sa/web", "*/sa/web", "cluster.local/ns/shop*", "other/ns/shop/sa/web")
_BLOCKS = ("10.0.0.0/8", "127.1.0.0/16", "198.51.100.0/24", "203.0.113.9", "2001:db8::/32", "192.0.2.7")
_PORTS = ("80", "8080", "9090", "7000")
_ISSUERS = ("https://a.example", "b.example")
_PRINCIPALS = ("*", "https://a.example/joe", "b.example/*", "*/jane", "*joe", "https://a.example/j*")

SOURCE: Mapping[str, tuple[str, ...]] = {
    "principals": _NAMES,
    "namespaces": ("shop", "held", "sh*", "*-eu"),
    "serviceAccounts": ("shop/web", "held/orders", "shop-eu/web"),
    "trustDomains": ("cluster.local", "*", "other", "cluster*"),
    "ipBlocks": _BLOCKS,
    "remoteIpBlocks": _BLOCKS,
    "requestPrincipals": _PRINCIPALS,
}
OPERATION: Mapping[str, tuple[str, ...]] = {
    "hosts": ("shop.example", "SHOP.*", "orders*", "*", "*:8080", "*.local"),
    "methods": ("GET", "POST", "*", "D*", "*D"),
    "paths": ("/", "/api", "/api/*", "*/x", "/admin/{*}", "/shop/{*}/items/{**}", "/{**}", "*", "/items"),
    "ports": _PORTS,
}
WHEN: Mapping[str, tuple[str, ...]] = {
    "request.headers[x-tenant]": ("red", "blue*", "*x", "*"),
    "source.ip": _BLOCKS,
    "remote.ip": _BLOCKS,
    "source.namespace": SOURCE["namespaces"],
    "source.principal": _NAMES,
    "source.serviceAccount": SOURCE["serviceAccounts"],
    "source.trustDomain": SOURCE["trustDomains"],
    "request.auth.principal": _PRINCIPALS,
    "request.auth.audiences": ("orders", "x", "*", "or*"),
    "request.auth.presenter": ("app", "*", "*pp"),
    "request.auth.claims[role]": ("clerk", "boss", "*", "cl*"),
    "request.auth.claims[org][team]": ("red", "*", "*d"),
    "request.auth.claims[scope]": ("read", "write"),
    "destination.ip": ("10.0.0.0/8", "10.1.0.14", "2001:db8::/32", "192.0.2.1"),
    "destination.port": _PORTS,
    "connection.sni": ("shop.example", "outbound_*", "*.test", "*"),
    "experimental.envoy.filters.http.rbac[istio_dry_run_deny_shadow_engine_result]": ("denied", "allowed", "a*"),
}
CONDITIONS = [(place, key) for place, keys in (("from", SOURCE), ("to", OPERATION), ("when", WHEN)) for key in keys]


def _values(rng: random.Random, place: str, key: str) -> list[str]:
    pool = {"from": SOURCE, "to": OPERATION, "when": WHEN}[place][key]
    return rng.sample(pool, rng.choice((1, 1, 2)))


def _condition(rng: random.Random, place: str, key: str, *, opposite: bool) -> Json:
    """A rule that asks for one thing."""
    values = _values(rng, place, key)
    if place == "when":
        return {"when": [{"key": key, "notValues" if opposite else "values": values}]}
    name = f"not{key[0].upper()}{key[1:]}" if opposite else key
    return {place: [{"source" if place == "from" else "operation": {name: values}}]}


def _mixed(rng: random.Random) -> Json:
    """A rule that asks for up to three things of each part."""
    found: Json = {}
    for place, holder, keys in (("from", "source", SOURCE), ("to", "operation", OPERATION)):
        if rng.random() < 0.6:
            items = []
            for _ in range(rng.choice((1, 2))):
                chosen = rng.sample([key for key in keys if key != "serviceAccounts"], rng.choice((1, 2)))
                items.append({holder: {key: _values(rng, place, key) for key in chosen}})
            found[place] = items
    for key in rng.sample(list(WHEN), rng.choice((0, 0, 1))):
        found.setdefault("when", []).append({"key": key, "values": _values(rng, "when", key)})
    return found


@dataclass(frozen=True)
class Made:
    """The policies of one namespace, and the condition that they are about."""

    name: str
    namespace: str
    policies: tuple[Json, ...]
    http: bool = True


def _policy(namespace: str, name: str, action: str, rules: list[Json], *, dry_run: bool = False) -> Json:
    notes = {"annotations": {"istio.io/dry-run": "true"}} if dry_run else {}
    return {
        "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
        "metadata": {"name": name, "namespace": namespace, **notes}, "spec": {"action": action, "rules": rules},
    }  # fmt: skip


def _made(rng: random.Random) -> Iterator[Made]:
    for place, key in CONDITIONS:
        for number in range(2 * EACH):
            namespace = f"n-{place}-{CONDITIONS.index((place, key))}-{number}"
            opposite = number % 2 == 1
            rule = _condition(rng, place, key, opposite=opposite)
            action = "ALLOW" if number < EACH or key.startswith("experimental") else "DENY"
            tried = _policy(namespace, "tried", "DENY", [{"to": [{"operation": {"methods": ["GET"]}}]}], dry_run=True)
            # What a dry run finds is seen by the filter behind it alone, that of ALLOW.
            name = f"{'not ' if opposite else ''}{place} {key}"
            yield Made(name, namespace, (_policy(namespace, "p", action, [rule]), tried))
    for number in range(2 * MIXED):
        namespace = f"mixed-{number}"
        policies = tuple(
            _policy(namespace, f"p{index}", rng.choice(("ALLOW", "ALLOW", "DENY", "AUDIT")),
                    [_mixed(rng) for _ in range(rng.choice((1, 2, 3)))])
            for index in range(rng.choice((1, 2, 3)))
        )  # fmt: skip
        yield Made("mixed" if number < MIXED else "tcp", namespace, policies, http=number < MIXED)


def _claims(rng: random.Random) -> Json:
    found = {
        "iss": rng.choice(_ISSUERS), "sub": rng.choice(("joe", "jane")), "azp": rng.choice(("app", "b", None)),
        "aud": rng.choice(("orders", ["orders", "x"], ["y"])), "scope": rng.choice(("read", "read write", None)),
        "role": rng.choice(("clerk", ["clerk", "boss"], ["x"], None)),
        "org": rng.choice(({"team": "red"}, {"team": ["red", "blue"]}, {}, None)),
    }  # fmt: skip
    return {key: value for key, value in found.items() if value is not None}


@dataclass(frozen=True)
class Result:
    """What became of a request, and what was said of it."""

    made: Made
    case: Case
    outcome: Outcome

    @property
    def allowed(self) -> bool:
        """Whether Envoy let it through."""
        return self.case.status == 200


def _mesh(made: list[Made], issuer: Issuer, folder: Path) -> Snapshot:
    tokens = [
        {
            "apiVersion": "security.istio.io/v1", "kind": "RequestAuthentication",
            "metadata": {"name": "tokens", "namespace": one.namespace},
            "spec": {"jwtRules": [{"issuer": name, "jwks": issuer.key_set} for name in _ISSUERS]},
        }
        for one in made
    ]  # fmt: skip
    policies = [policy for one in made for policy in one.policies]
    file = folder / "policies.yaml"
    file.write_text("\n---\n".join(json.dumps(document) for document in (*tokens, *policies)))
    return Snapshot(sources.read([str(file)]).resources)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[Result]:
    rng, issuer, upstream = random.Random(SEED), Issuer(), loopback()
    made = list(_made(rng))
    mesh = _mesh(made, issuer, tmp_path_factory.mktemp("policies"))
    listeners: list[Json] = []
    requests: list[tuple[str, Sent]] = []
    tokens: dict[int, tuple[str, str]] = {}
    for one in made:
        stack = policy_stack(mesh, ProxyIdentity(one.namespace, {"app": "orders"}), http=one.http)
        filters = [{"name": filter_.name, "typed_config": filter_.config} for filter_ in stack.filters]
        if one.http:
            order: Json = {"normalize_path": True, "path_with_escaped_slashes_action": "KEEP_UNCHANGED"}
            listeners.append(http_listener(one.namespace, filters, **order))
        else:
            listeners.append(tcp_listener(one.namespace, filters, tcp_proxy("up")))
        for _ in range(ASKED):
            claims = _claims(rng) if one.http and rng.random() < 0.5 else None
            if claims is not None:
                tokens[len(requests)] = ("authorization", f"Bearer {issuer.token(claims)}")
            fields: Json = {"claims": claims} if one.http else {"method": "GET", "path": "/", "forwarded": False}
            requests.append((one.namespace, request(rng, **fields)))
    with upstreams([(upstream, 9080)]), laboratory(
        tmp_path_factory.mktemp("certificates"), listeners,
        clusters=[cluster("up")], endpoints=[endpoints("up", (upstream, 9080))],
    ) as envoy:  # fmt: skip
        cases = envoy.ask(requests, tokens)
    by_name = {one.namespace: one for one in made}
    return [Result(by_name[case.listener], case, _said(mesh, by_name[case.listener], case.sent)) for case in cases]


def _said(mesh: Snapshot, made: Made, sent: Sent) -> Outcome:
    attributes = sent.attributes(("", 0))
    if not made.http:
        attributes = replace(attributes, http=None)
    asked = Question(attributes, port=attributes.destination_port)
    return answer(mesh, by_labels({"app": "orders"}, made.namespace), asked).verdict.outcome


def test_every_request_ends_as_said(results: list[Result]) -> None:
    wrong = [
        (one.made.policies, one.case.sent, one.case.status, one.outcome)
        for one in results
        if one.allowed != (one.outcome is Outcome.ALLOWED) or one.outcome is Outcome.UNKNOWN
    ]
    assert wrong == []


def test_every_condition_was_asked_about_often_and_fitted_and_failed(results: list[Result]) -> None:
    seen: Counter[str] = Counter()
    fits: dict[str, set[bool]] = {}
    for one in results:
        seen[one.made.name] += 1
        allow = one.made.policies[0]["spec"]["action"] == "ALLOW"
        fits.setdefault(one.made.name.removeprefix("not "), set()).add(one.allowed == allow)
    wanted = [f"{opposite}{place} {key}" for place, key in CONDITIONS for opposite in ("", "not ")]
    assert {name: seen[name] for name in wanted if seen[name] < 20} == {}
    assert [name for name, found in fits.items() if len(found) < 2] == []
