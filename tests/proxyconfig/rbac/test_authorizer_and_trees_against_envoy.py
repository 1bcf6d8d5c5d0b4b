"""External authorizers are asked, and trees of matches decide, as a real Envoy has it."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from meshctl.proxyconfig.rbac.verdict import Outcome
from tests.envoy.resources import address
from tests.proxyconfig.rbac.generated import NAMES, PATHS, RANGES, permission, principal, span, text
from tests.proxyconfig.rbac.laboratory import PEER, SEED, Case, Sent, http_listener, laboratory, request
from tests.proxyconfig.rbac.made import Json, ext_authz, http_rbac, policy

ASKED_CODE = 429
"""What a client gets when the authorizer is asked: there is none, and the filter answers so."""

_INPUT = "type.googleapis.com/envoy.extensions.matching.common_inputs.network.v3."
_HEADER = "type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput"
_IP = "type.googleapis.com/envoy.extensions.matching.input_matchers.ip.v3.Ip"
_RANGES = "type.googleapis.com/xds.type.matcher.v3.IPMatcher"


def _authorizer(**fields: Any) -> Json:
    uri = {"uri": "http://gone", "cluster": "outbound|9000||authz.shop.svc.cluster.local", "timeout": "1s"}
    return ext_authz(http_service={"server_uri": uri}, status_on_error={"code": "TooManyRequests"}, **fields)


def _custom(rng: random.Random, number: int) -> list[Json]:
    """Rules that select what is asked about, the filter that asks, and one that allows some of the rest."""
    keys = [f"istio-ext-authz-ns[shop]-policy[{rng.choice('xy')}]-rule[{index}]" for index in range(rng.choice((1, 2)))]
    rules = {"action": "DENY", "policies": {key: policy(permission(rng), principal(rng)) for key in keys}}
    enabled = {
        "filter": "envoy.filters.http.rbac", "path": [{"key": "istio_ext_authz_shadow_effective_policy_id"}],
        "value": {"string_match": {"prefix": rng.choice(("istio-ext-authz-", "istio-ext-authz-ns[shop]-policy[x]"))}},
    }  # fmt: skip
    fields: Json = {"filter_enabled_metadata": enabled}
    if number % 7 == 0:
        fields["filter_enabled"] = {"default_value": {"numerator": 0}}
        if number % 2:
            fields["deny_at_disable"] = {"default_value": True, "runtime_key": "none"}
    found = [PEER, http_rbac(shadow_rules=rules, shadow_rules_stat_prefix="istio_ext_authz_"), _authorizer(**fields)]
    last = rng.choice(("DENY", "ALLOW"))
    return [*found, http_rbac(rules={"action": last, "policies": {"last": policy(permission(rng), principal(rng))}})]


def _typed(kind: str) -> Json:
    return {"name": "input", "typed_config": {"@type": _INPUT + kind}}


def _header(name: str) -> Json:
    return {"name": "input", "typed_config": {"@type": _HEADER, "header_name": name}}


def _action(rng: random.Random) -> Json:
    kind = "type.googleapis.com/envoy.config.rbac.v3.Action"
    action = rng.choice(("ALLOW", "DENY", "LOG"))
    config = {"@type": kind, "name": f"{action} {rng.randrange(100)}", "action": action}
    return {"action": {"name": "action", "typed_config": config}}


def _predicate(rng: random.Random, depth: int = 0) -> Json:
    form = rng.choice(("single", "single", "single", "or", "and", "not")) if depth < 2 else "single"
    if form == "single":
        return {"single_predicate": _single(rng)}
    if form == "not":
        return {"not_matcher": _predicate(rng, depth + 1)}
    return {f"{form}_matcher": {"predicate": [_predicate(rng, depth + 1) for _ in range(2)]}}


def _text(rng: random.Random, values: dict[str, tuple[str, ...]]) -> Json:
    """A string matcher as trees have it: they name the engine of regular expressions."""
    found = text(rng, values)
    if "safe_regex" in found:
        found["safe_regex"]["google_re2"] = {}
    return found


def _single(rng: random.Random) -> Json:
    kind = rng.choice(("tenant", "path", "name", "port", "ip"))
    if kind == "tenant":
        return {"input": _header("x-tenant"), "value_match": {"prefix": rng.choice(("red", "blue", "x"))}}
    if kind == "path":
        return {"input": _header(":path"), "value_match": _text(rng, PATHS)}
    if kind == "name":
        return {"input": _typed("ServerNameInput"), "value_match": _text(rng, {**NAMES, "exact": NAMES["exact"][:3]})}
    if kind == "port":
        return {"input": _typed("DestinationPortInput"), "value_match": {"exact": str(rng.choice((80, 8080, 7000)))}}
    source = _typed(rng.choice(("DestinationIPInput", "DirectSourceIPInput")))
    config = {"@type": _IP, "cidr_ranges": [span(rng), span(rng)], "stat_prefix": "ip"}
    return {"input": source, "custom_match": {"name": "ip", "typed_config": config}}


def _tree(rng: random.Random, depth: int = 0) -> Json:
    form = rng.choice(("list", "list", "exact", "prefix", "ranges"))
    found: Json = {}
    if form == "list":
        matchers = [{"predicate": _predicate(rng), "on_match": _on_match(rng, depth)} for _ in range(3)]
        found["matcher_list"] = {"matchers": matchers}
    elif form == "exact":
        entries = {str(port): _on_match(rng, depth) for port in (80, 8080, 7000)}
        found["matcher_tree"] = {"input": _typed("DestinationPortInput"), "exact_match_map": {"map": entries}}
    elif form == "prefix":
        entries = {path: _on_match(rng, depth) for path in ("/", "/api", "/api/x", "/admin")}
        found["matcher_tree"] = {"input": _header(":path"), "prefix_match_map": {"map": entries}}
    else:
        spans: list[Json] = [
            {"ranges": [{"address_prefix": one.partition("/")[0], "prefix_len": int(one.partition("/")[2])}],
             "on_match": _on_match(rng, depth), "exclusive": rng.random() < 0.3}
            for one in rng.sample(RANGES, 4)
        ]  # fmt: skip
        config = {"@type": _RANGES, "range_matchers": spans}
        source = _typed(rng.choice(("DestinationIPInput", "DirectSourceIPInput")))
        found["matcher_tree"] = {"input": source, "custom_match": {"name": "ranges", "typed_config": config}}
    if rng.random() < 0.4:
        found["on_no_match"] = _action(rng)
    return found


def _on_match(rng: random.Random, depth: int) -> Json:
    return {"matcher": _tree(rng, depth + 1)} if depth < 1 and rng.random() < 0.4 else _action(rng)


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    rng = random.Random(SEED)
    listeners = [http_listener(f"custom {number}", _custom(rng, number)) for number in range(40)]
    listeners += [http_listener(f"tree {number}", [http_rbac(matcher=_tree(rng))]) for number in range(80)]
    requests = [(one["name"], request(rng)) for one in listeners for _ in range(30)]
    gone = {"name": "outbound|9000||authz.shop.svc.cluster.local", "type": "STATIC", "connect_timeout": "1s",
            "load_assignment": {"cluster_name": "gone", "endpoints": [
                {"lb_endpoints": [{"endpoint": {"address": address("127.0.0.1", 1)}}]}]}}  # fmt: skip
    with laboratory(tmp_path_factory.mktemp("certificates"), listeners, clusters=[gone]) as envoy:
        return envoy.ask(requests)


def test_every_request_ends_as_predicted(cases: list[Case]) -> None:
    wrong = [case for case in cases if _predicted(case) != case.status]
    assert wrong == []


def _predicted(case: Case) -> int:
    """The status; the filter that asks answers before any later one can deny."""
    verdict = case.verdict
    if any(step.action == "CUSTOM" and step.outcome is not None for step in verdict.steps):
        return ASKED_CODE
    if not verdict.steps and verdict.outcome is Outcome.DENIED:
        return 400
    return {Outcome.ALLOWED: 200, Outcome.DENIED: 403, Outcome.UNKNOWN: -1}[verdict.outcome]


def test_each_end_was_seen_often(cases: list[Case]) -> None:
    seen = Counter((case.listener.split()[0], case.status) for case in cases)
    wanted = [("custom", ASKED_CODE), ("custom", 200), ("custom", 403), ("tree", 200), ("tree", 403)]
    assert {key: seen[key] for key in wanted if seen[key] < 20} == {}


def test_the_action_of_a_tree_is_named(cases: list[Case]) -> None:
    seen: Counter[str] = Counter()
    for case in cases:
        if case.listener.startswith("tree") and case.verdict.steps:
            step = case.verdict.steps[0]
            named = step.matched[0].key if step.matched else "none"
            if case.status == 403:
                assert case.denied_by == named.replace(" ", "_"), case
            seen[step.action if step.matched else "none"] += 1
    assert {action: seen[action] for action in ("ALLOW", "DENY", "LOG", "none") if seen[action] < 20} == {}


def _ranges(on_match: Json, *, exclusive: bool) -> Json:
    """A longer range that leads to nothing, within one that leads to an action."""
    spans: list[Json] = [
        {"ranges": [{"address_prefix": "10.0.0.0", "prefix_len": 24}], "on_match": {"matcher": {"matcher_list": {
            "matchers": [{"predicate": {"single_predicate": {
                "input": _header("x-nowhere"), "value_match": {"exact": "x"}}}, "on_match": on_match}]}}}},
        {"ranges": [{"address_prefix": "10.0.0.0", "prefix_len": 8}], "on_match": on_match, "exclusive": exclusive},
    ]  # fmt: skip
    config = {"@type": _RANGES, "range_matchers": spans}
    custom = {"name": "ranges", "typed_config": config}
    return {"matcher_tree": {"input": _typed("DestinationIPInput"), "custom_match": custom}}


def test_an_exclusive_range_counts_only_if_it_is_the_longest(tmp_path: Path) -> None:
    config = {"@type": "type.googleapis.com/envoy.config.rbac.v3.Action", "name": "a"}
    allow = {"action": {"name": "action", "typed_config": config}}
    listeners = [http_listener(str(exclusive), [http_rbac(matcher=_ranges(allow, exclusive=exclusive))])
                 for exclusive in (True, False)]  # fmt: skip
    requests = [(str(exclusive), Sent(via=("10.0.0.9", to, 80)))
                for exclusive in (True, False) for to in ("10.0.0.14", "10.1.0.14")]  # fmt: skip
    with laboratory(tmp_path, listeners) as envoy:
        cases = envoy.ask(requests)
    assert [case.status for case in cases] == [403, 200, 200, 200]
    assert [_predicted(case) for case in cases] == [403, 200, 200, 200]
