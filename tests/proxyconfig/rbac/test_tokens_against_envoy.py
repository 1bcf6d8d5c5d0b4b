"""Tokens: a real Envoy asks for them, and finds their claims, as predicted."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from meshctl.proxyconfig.rbac.attributes import HttpRequest
from meshctl.proxyconfig.rbac.scene import request_of
from meshctl.proxyconfig.rbac.token_filter import Status, carries_token
from meshctl.proxyconfig.rbac.verdict import Outcome
from tests.envoy.tokens import Issuer
from tests.proxyconfig.rbac.laboratory import SEED, Case, Sent, http_listener, laboratory, request
from tests.proxyconfig.rbac.made import Json, http_rbac, jwt_authn, policy
from tests.proxyconfig.trace.laboratory import text

ASKED = 45
RULES = 105

A, B = {"provider_name": "a"}, {"provider_name": "b"}
MISSING: Json = {"allow_missing": {}}
FAILED: Json = {"allow_missing_or_failed": {}}


def _any(*found: Json) -> Json:
    return {"requires_any": {"requirements": list(found)}}


REQUIREMENTS: dict[str, list[Json]] = {
    "provider": [{"match": {"prefix": "/"}, "requires": A}],
    "provider without issuer": [{"match": {"prefix": "/"}, "requires": {"provider_name": "everybody"}}],
    "two that fail": [{"match": {"prefix": "/"}, "requires": _any({"provider_name": "subjects"}, A)}],
    "two that fail, the other way": [{"match": {"prefix": "/"}, "requires": _any(A, {"provider_name": "subjects"})}],
    "provider with subjects": [{"match": {"prefix": "/"}, "requires": {"provider_name": "subjects"}}],
    "as istiod": [{"match": {"prefix": "/"}, "requires": _any(A, MISSING)}],
    "as istiod for two": [{"match": {"prefix": "/"}, "requires": _any(A, B, {"requires_all": {"requirements": [
        _any(A, MISSING), _any(B, MISSING)]}})}],
    "either or none": [{"match": {"prefix": "/"}, "requires": _any(A, B, MISSING)}],
    "each or none": [{"match": {"prefix": "/"}, "requires": {"requires_all": {"requirements": [
        _any(A, MISSING), _any(B, MISSING)]}}}],
    "either": [{"match": {"prefix": "/"}, "requires": _any(A, B)}],
    "both": [{"match": {"prefix": "/"}, "requires": {"requires_all": {"requirements": [
        A, {"provider_name": "everybody"}]}}}],
    "missing": [{"match": {"prefix": "/"}, "requires": MISSING}],
    "missing or failed": [{"match": {"prefix": "/"}, "requires": FAILED}],
    "either or failed": [{"match": {"prefix": "/"}, "requires": _any(A, FAILED)}],
    "audiences": [{"match": {"prefix": "/"}, "requires": {
        "provider_and_audiences": {"provider_name": "a", "audiences": ["other", "orders"]}}}],
    "nothing": [{"match": {"prefix": "/"}}],
    "by path": [{"match": {"path": "/api/x"}, "requires": A}, {"match": {"prefix": "/admin"}, "requires": B},
                {"match": {"safe_regex": {"regex": "/shop.*"}}}],
    "by name": [{"match": {"prefix": "/"}, "requirement_name": "named"}],
    "by header": [{"match": {"prefix": "/", "headers": [{"name": ":method", "string_match": {"exact": "GET"}}]},
                   "requires": A}],
}  # fmt: skip

PAYLOAD = {"payload_in_metadata": "payload", "forward": True,
           "normalize_payload_in_metadata": {"space_delimited_claims": ["scope", "permission"]}}  # fmt: skip


def _filter(issuer: Issuer, kind: str) -> Json:
    keys = {"local_jwks": {"inline_string": issuer.key_set}, **PAYLOAD}
    providers = {
        "a": {"issuer": "https://a.example", "audiences": ["orders", "https://shop.example/"], **keys},
        "b": {"issuer": "b.example", **keys},
    }
    if kind in ("provider without issuer", "both"):
        providers["everybody"] = keys
    if kind == "provider with subjects" or kind.startswith("two"):
        providers["subjects"] = {"subjects": {"prefix": "jo"}, **keys}
    return jwt_authn(providers=providers, rules=REQUIREMENTS[kind], requirement_map={"named": _any(B, MISSING)},
                     bypass_cors_preflight=True)  # fmt: skip


AUDIENCES: tuple[Any, ...] = ("orders", ["orders"], ["x", "shop.example"], "http://shop.example", "other", [], None)
ROLES: tuple[Any, ...] = ("clerk", ["clerk", "boss"], ["boss"], [], "clerk boss", None, {"clerk": "yes"}, 7)


def _claims(rng: random.Random) -> Json:
    found: Json = {
        "iss": rng.choice(("https://a.example", "https://a.example", "b.example", "b.example", "c.example")),
        "sub": rng.choice(("joe", "jane", "zoe")),
        "aud": rng.choice(AUDIENCES), "role": rng.choice(ROLES), "scope": rng.choice(("read write", "read", "", None)),
        "org": rng.choice(({"team": "red"}, {"team": ["red", "blue"], "deep": {"er": "x"}}, "red", None)),
        "level": rng.choice((1, 2.5, 10, "1", None)), "admin": rng.choice((True, False, "true", None)),
    }  # fmt: skip
    return {key: value for key, value in found.items() if value is not None or (rng.random() < 0.1 and key != "aud")}


KEYS = (("iss",), ("sub",), ("aud",), ("role",), ("role",), ("scope",), ("org", "team"), ("org", "deep", "er"),
        ("org",), ("level",), ("admin",), ("missing",), ("role", "clerk"), ())  # fmt: skip
TEXTS: tuple[Json, ...] = (
    {"exact": "clerk"}, {"exact": "red"}, {"prefix": "jo"}, {"suffix": "example"}, {"safe_regex": {"regex": ".+"}},
    {"contains": "e"}, {"exact": "BOSS", "ignore_case": True}, {"exact": "read"}, {"exact": "orders"}, {"exact": "1"},
    {"safe_regex": {"regex": ".*"}}, {"exact": "x"},
)  # fmt: skip
VALUES = ("string_match", "list_match", "or_match", "present_match", "bool_match", "double_match", "null_match")


def _value(rng: random.Random, kind: str) -> Json:
    inner: Any = {
        "string_match": rng.choice(TEXTS),
        "present_match": rng.random() < 0.7,
        "bool_match": rng.random() < 0.6,
        "double_match": rng.choice(({"exact": 1.0}, {"exact": 10.0}, {"range": {"start": 1.0, "end": 10.0}})),
        "null_match": {},
    }
    if kind == "list_match":
        inner = {"one_of": _value(rng, rng.choice(("string_match", "string_match", "string_match", "double_match")))}
    elif kind == "or_match":
        string = _value(rng, "string_match")
        inner = {"value_matchers": [string, {"list_match": {"one_of": string}}]}
    else:
        inner = inner[kind]
    return {kind: inner}


def _condition(rng: random.Random, kind: str) -> Json:
    path = [
        {"key": "payload"},
        *({"key": key} for key in rng.choice(KEYS[:7] if "list" in kind or "or" in kind else KEYS)),
    ]
    found: Json = {"filter": "envoy.filters.http.jwt_authn", "path": path, "value": _value(rng, kind)}
    if rng.random() < 0.25:
        found["invert"] = True
    if rng.random() < 0.3:
        return {"sourced_metadata": {"metadata_matcher": found}}
    return {"metadata": found}


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    rng, issuer = random.Random(SEED), Issuer()
    listeners = [http_listener(kind, [_filter(issuer, kind)]) for kind in REQUIREMENTS]
    names = list(REQUIREMENTS)
    for number in range(RULES):
        name = f"{VALUES[number % len(VALUES)]} {number}"
        rule = _condition(rng, name.split()[0])
        rules = {"action": "ALLOW", "policies": {
            "ns[shop]-policy[p]-rule[0]": policy(rule) if number % 2 else policy(principal=rule)
        }}  # fmt: skip
        kind = rng.choice(("as istiod for two", "provider without issuer", "missing or failed"))
        listeners.append(http_listener(name, [_filter(issuer, kind), http_rbac(rules=rules, shadow_rules=rules)]))
        names.append(name)
    requests: list[tuple[str, Sent]] = []
    tokens: dict[int, tuple[str, str]] = {}
    for name in names:
        for _ in range(2 * ASKED if name in REQUIREMENTS else ASKED):
            claims = _claims(rng) if rng.random() < 0.8 else None
            fields: Json = {"account": None, "server_name": "", "headers": ()} if rng.random() < 0.9 else {}
            if rng.random() < 0.1:
                fields |= {
                    "method": "OPTIONS",
                    "headers": (("origin", "http://x"), ("access-control-request-method", "GET")),
                }
            if claims is not None:
                tokens[len(requests)] = ("authorization", f"Bearer {issuer.token(claims)}")
            requests.append((name, request(rng, claims=claims, **fields)))
    with laboratory(tmp_path_factory.mktemp("certificates"), listeners) as envoy:
        return envoy.ask(requests, tokens)


def test_every_request_is_answered_as_predicted(cases: list[Case]) -> None:
    wrong = [case for case in cases if _predicted(case) != case.status]
    assert wrong == []


def _predicted(case: Case) -> int:
    """The status: a denial for its token tells it."""
    verdict = case.verdict
    if verdict.outcome is not Outcome.DENIED:
        return {Outcome.ALLOWED: 200, Outcome.UNKNOWN: -1}[verdict.outcome]
    if not verdict.steps:
        return 400
    return verdict.steps[-1].status


DETAILS = {
    "Jwt_is_missing": Status.MISSING,
    "Jwt_issuer_is_not_configured": Status.OTHER_ISSUER,
    "Audiences_in_Jwt_are_not_allowed": Status.OTHER_AUDIENCE,
}


def test_the_reason_is_the_one_predicted(cases: list[Case]) -> None:
    seen: Counter[str] = Counter()
    for case in cases:
        found = text(case.line["details"]).partition("jwt_authn_access_denied{")[2].removesuffix("}")
        step = case.verdict.steps[-1] if case.verdict.steps else None
        predicted = step.reason if step and step.action == "JWT" and step.outcome is Outcome.DENIED else ""
        assert bool(found) == bool(predicted), case
        if found in DETAILS:
            assert predicted == DETAILS[found].reason, case
        seen[predicted] += 1
    wanted = [status.reason for status in Status if status.code]
    assert {reason: seen[reason] for reason in wanted if seen[reason] < 20} == {}


def test_claims_fit_as_predicted(cases: list[Case]) -> None:
    seen: Counter[tuple[str, bool]] = Counter()
    for case in cases:
        steps = [step for step in case.verdict.steps if step.action == "ALLOW"]
        if steps:
            fits = bool(steps[0].matched)
            assert bool(text(case.line["shadow"])) == fits, case
            seen[case.listener.split()[0], fits] += 1
    assert {
        key: seen[key] for key in ((kind, fits) for kind in VALUES for fits in (True, False)) if seen[key] < 20
    } == {}


def test_each_requirement_was_fulfilled_and_failed_often(cases: list[Case]) -> None:
    seen = Counter((case.listener, case.status == 200) for case in cases)
    always = {"missing or failed", "either or failed", "nothing"}
    wanted = {(kind, True) for kind in REQUIREMENTS} | {(kind, False) for kind in REQUIREMENTS if kind not in always}
    assert {key: seen[key] for key in wanted if seen[key] < 5} == {}


PLACES: dict[str, Json] = {
    "default": {},
    "header": {"from_headers": [{"name": "X-Jwt", "value_prefix": "Token "}]},
    "parameter": {"from_params": ["token", "t"]},
    "cookie": {"from_cookies": ["session"]},
    "header and parameter": {"from_headers": [{"name": "x-jwt"}], "from_params": ["token"]},
}
CARRIED: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("/", ()),
    ("/", (("authorization", "Bearer {}"),)),
    ("/", (("authorization", "Basic {}"),)),
    ("/", (("x-jwt", "Token {}"),)),
    ("/", (("x-jwt", "{}"),)),
    ("/?token={}", ()),
    ("/?a=b&t={}", ()),
    ("/?access_token={}", ()),
    ("/", (("cookie", "a=b; session={}"),)),
)


def test_tokens_are_looked_for_where_a_trace_looks_for_them(tmp_path: Path) -> None:
    """Where there is nothing in such a place, Envoy says that the token is missing."""
    issuer = Issuer()
    token = issuer.token({"iss": "me", "sub": "joe"})
    listeners = []
    for name, places in PLACES.items():
        provider = {"local_jwks": {"inline_string": issuer.key_set}, **places}
        rules = [{"match": {"prefix": "/"}, "requires": {"provider_name": "p"}}]
        listeners.append(http_listener(name, [jwt_authn(providers={"p": provider}, rules=rules)]))
    requests = [
        (name, Sent(path=path.format(token), headers=tuple((key, value.format(token)) for key, value in headers),
                    via=("10.0.0.9", "10.0.0.14", 80)))
        for name in PLACES for path, headers in CARRIED
    ]  # fmt: skip
    with laboratory(tmp_path, listeners) as envoy:
        cases = envoy.ask(requests)
    seen: Counter[bool] = Counter()
    for case in cases:
        sent = case.sent
        asked = request_of(HttpRequest(path=sent.path), sent.path, sent.host, tls=False)
        carried = carries_token(case.stack.filters[0].config, replace(asked, headers=sent.headers))
        assert ("Jwt_is_missing" in case.line["details"]) != carried, case
        seen[carried] += 1
    assert min(seen[True], seen[False]) >= 9
