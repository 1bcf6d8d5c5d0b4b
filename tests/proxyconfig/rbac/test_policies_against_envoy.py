"""Filters of many policies, with every action and shadow rules: a real Envoy decides and names as predicted."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import pytest

from meshctl.proxyconfig.rbac.verdict import Outcome, Step
from tests.proxyconfig.rbac.generated import of_connection, permission, principal
from tests.proxyconfig.rbac.laboratory import PEER, SEED, Case, connection_log, http_listener, laboratory, request
from tests.proxyconfig.rbac.made import Json, http_rbac, network_rbac
from tests.proxyconfig.trace.laboratory import text

LISTENERS = 90
ASKED = 30
ACTIONS = ("DENY", "ALLOW", "LOG")


def _rules(rng: random.Random, action: str, letter: str, *, http: bool = True) -> Json:
    """Up to three policies with keys of istiod, whose numbers may come in another order than their keys."""
    what, who = (permission, principal) if http else (_of(permission), _of(principal))
    found: Json = {}
    for number in rng.sample((0, 1, 2, 10), rng.choice((0, 1, 2, 3, 3))):
        found[f"ns[shop]-policy[{letter}]-rule[{number}]"] = {
            "permissions": [{"or_rules": {"rules": [what(rng), what(rng)]}} for _ in range(rng.choice((1, 2)))],
            "principals": [{"and_ids": {"ids": [who(rng)]}} for _ in range(rng.choice((1, 2, 3)))],
        }
    return {"action": action, "policies": found}


def _of(make: Callable[[random.Random], Json]) -> Callable[[random.Random], Json]:
    return lambda rng: of_connection(rng, make)


def _filter(rng: random.Random, letter: str) -> Json:
    """A filter whose shadow rules are often its rules, so that Envoy tells which of them fits without denying."""
    action = rng.choice(ACTIONS)
    found = _rules(rng, action, letter)
    shadow = found if rng.random() < 0.6 else _rules(rng, rng.choice(ACTIONS[:2]), f"{letter}-dry")
    return {"rules": found, "shadow_rules": shadow}


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    rng = random.Random(SEED)
    listeners, requests = [], []
    for number in range(LISTENERS):
        name = f"l{number}"
        filters = [PEER, *(http_rbac(**_filter(rng, letter)) for letter in ("a", "b")[: rng.choice((1, 2, 2))])]
        listener = http_listener(name, filters, normalize_path=True)
        if number % 3 == 0:
            listener["filters"] = [
                network_rbac(rules=_rules(rng, rng.choice(ACTIONS), "n", http=False)),
                *listener["filters"],
            ]
            listener["access_log"] = connection_log(name)
        listeners.append(listener)
        requests += [(name, request(rng, forwarded=number % 3 != 0)) for _ in range(ASKED)]
    with laboratory(tmp_path_factory.mktemp("certificates"), listeners) as envoy:
        found = envoy.ask(requests)
    sure = [case for case in found if not any(step.doubtful for step in case.verdict.steps)]
    assert len(sure) > 0.9 * len(found)  # a network filter does not tell the PROXY protocol from X-Forwarded-For
    return sure


def test_every_request_ends_as_predicted(cases: list[Case]) -> None:
    wrong = [case for case in cases if _predicted(case) != case.status]
    assert wrong == []


def _predicted(case: Case) -> int:
    """The status; a network filter closes the connection."""
    verdict = case.verdict
    if verdict.outcome is Outcome.DENIED:
        denying = [step for step in verdict.steps if step.outcome is Outcome.DENIED]
        return 400 if not denying else 403 if ".http." in denying[0].filter else 0
    return 200


def test_the_policy_named_is_the_one_predicted(cases: list[Case]) -> None:
    for case in cases:
        denied = case.status in (0, 403)
        named = case.verdict.decided_by.key if case.verdict.decided_by else "none"
        assert case.denied_by == (named if denied else ""), case


def test_shadow_rules_fit_as_predicted(cases: list[Case]) -> None:
    compared = 0
    for case in cases:
        steps = _http_steps(case)
        if case.status in (200, 403) and steps:
            # The metadata of all filters have one place: the last that has a name leaves it there.
            named = [step.shadow[0].key for step in steps if step.shadow]
            assert text(case.line["shadow"]) == (named[-1] if named else ""), case
            compared += 1
    assert compared > 300


def test_rules_that_only_log_fit_as_predicted(cases: list[Case]) -> None:
    compared: Counter[str] = Counter()
    for case in cases:
        steps = [step for step in _http_steps(case) if step.action == "LOG"]
        if case.status in (200, 403) and steps:
            assert case.line["hint"] == bool(steps[-1].matched), case
            compared[str(case.line["hint"])] += 1
    assert min(compared["True"], compared["False"]) >= 20


def _http_steps(case: Case) -> list[Step]:
    return [step for step in case.verdict.steps if ".http." in step.filter]


def test_each_way_to_be_denied_or_allowed_was_seen_often(cases: list[Case]) -> None:
    seen = Counter(
        (case.status, step.filter.split(".")[2], step.action, bool(step.matched))
        for case in cases for step in case.verdict.steps
    )  # fmt: skip
    wanted = {(status, "http", action, fits) for status in (200, 403) for action in ACTIONS for fits in (True, False)}
    wanted |= {(0, "network", "DENY", True), (0, "network", "ALLOW", False), (200, "network", "ALLOW", True)}
    wanted -= {(200, "http", "DENY", True), (200, "http", "ALLOW", False)}
    assert {key: seen[key] for key in wanted if seen[key] < 20} == {}
