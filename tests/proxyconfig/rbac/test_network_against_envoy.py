"""Network filters in front of a TCP proxy: a real Envoy closes the connections that it was predicted to close."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import pytest

from meshctl.proxyconfig.rbac.verdict import Outcome
from tests.envoy.process import loopback
from tests.envoy.resources import cluster, endpoints, tcp_proxy
from tests.envoy.upstreams import upstreams
from tests.proxyconfig.rbac.generated import PERMISSIONS, PRINCIPALS, of_connection, permission, principal
from tests.proxyconfig.rbac.laboratory import SEED, Case, laboratory, request, tcp_listener
from tests.proxyconfig.rbac.made import Json, network_rbac, policy
from tests.proxyconfig.trace.laboratory import text

EACH, ASKED, MIXED = 20, 12, 25
OF_REQUESTS = frozenset({"any", "header", "url_path", "uri_template", "filter_state"})
KINDS = {
    (what, kind): make
    for what, kinds in (("permission", PERMISSIONS), ("principal", PRINCIPALS))
    for kind, make in kinds.items()
    if kind not in OF_REQUESTS
}


def _single(rng: random.Random, what: str, kind: str, action: str) -> list[Json]:
    make: Callable[[random.Random], Json] = lambda rng: {kind: KINDS[what, kind](rng)}  # noqa: E731
    rule = of_connection(rng, make)
    found = {"action": action, "policies": {"p": policy(rule) if what == "permission" else policy(principal=rule)}}
    return [network_rbac(rules=found, shadow_rules=found)]


def _mixed(rng: random.Random) -> list[Json]:
    found = []
    for letter in "ab"[: rng.choice((1, 2))]:
        policies = {
            f"ns[shop]-policy[{letter}]-rule[{index}]": policy(
                of_connection(rng, permission), of_connection(rng, principal)
            )
            for index in range(rng.choice((0, 1, 2, 3)))
        }
        rules = {"action": rng.choice(("DENY", "ALLOW", "LOG")), "policies": policies}
        found.append(network_rbac(rules=rules, shadow_rules=rules))
    return found


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    rng, upstream = random.Random(SEED), loopback()
    forward = tcp_proxy("up")
    listeners = [
        tcp_listener(f"{what} {kind} {number}", _single(rng, what, kind, "DENY" if number % 2 else "ALLOW"), forward)
        for what, kind in KINDS
        for number in range(EACH)
    ]
    listeners += [tcp_listener(f"mixed filters {number}", _mixed(rng), forward) for number in range(MIXED)]
    requests = [
        (one["name"], request(rng, method="GET", path="/", forwarded=False)) for one in listeners for _ in range(ASKED)
    ]
    with upstreams([(upstream, 9080)]), laboratory(
        tmp_path_factory.mktemp("certificates"), listeners,
        clusters=[cluster("up")], endpoints=[endpoints("up", (upstream, 9080))],
    ) as envoy:  # fmt: skip
        return [_tcp(case) for case in envoy.ask(requests)]


def _tcp(case: Case) -> Case:
    assert not case.stack.speaks_http
    return case


def test_every_connection_is_closed_or_forwarded_as_predicted(cases: list[Case]) -> None:
    wrong = [case for case in cases if {Outcome.ALLOWED: 200, Outcome.DENIED: 0}[case.verdict.outcome] != case.status]
    assert wrong == []


def test_the_policy_named_is_the_one_predicted(cases: list[Case]) -> None:
    for case in cases:
        named = case.verdict.decided_by.key if case.verdict.decided_by else "none"
        assert case.denied_by == ("" if case.status else named), case
        shadow = [step.shadow[0].key for step in case.verdict.steps if step.shadow]
        assert text(case.line["tcp_shadow"]) == (shadow[-1] if shadow else ""), case


def test_each_kind_and_each_action_decided_often(cases: list[Case]) -> None:
    fitted = Counter((*case.listener.split()[:2], bool(case.verdict.steps[0].matched)) for case in cases)
    wanted = [(what, kind, fits) for what, kind in KINDS for fits in (True, False)]
    assert {key: fitted[key] for key in wanted if fitted[key] < 20} == {}
    actions = Counter((step.action, bool(step.matched)) for case in cases for step in case.verdict.steps)
    assert {(action, fits): actions[action, fits] for action in ("DENY", "ALLOW", "LOG") for fits in (True, False)
            if actions[action, fits] < 20} == {}  # fmt: skip
