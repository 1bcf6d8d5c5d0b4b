"""Each kind of permission and principal: a real Envoy denies what was predicted, by the policy that was predicted."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from meshctl.proxyconfig.rbac.verdict import Outcome
from tests.proxyconfig.rbac.generated import PERMISSIONS, PRINCIPALS
from tests.proxyconfig.rbac.laboratory import PEER, SEED, Case, Sent, http_listener, laboratory, request
from tests.proxyconfig.rbac.made import Json, http_rbac, policy

EACH = 14
"""So many conditions of a kind."""

ASKED = 14
"""So often is each asked about."""


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    rng = random.Random(SEED)
    listeners, requests = [], []
    for what, kinds in (("permission", PERMISSIONS), ("principal", PRINCIPALS)):
        for kind, make in kinds.items():
            for number in range(EACH):
                name = f"{what} {kind} {number}"
                condition: Json = {kind: make(rng)}
                rule = policy(condition) if what == "permission" else policy(principal=condition)
                action = "DENY" if number % 3 else "ALLOW"
                fields = {"normalize_path": number % 2 == 0, "merge_slashes": number % 4 == 0}
                if number % 3 == 0:
                    fields["strip_any_host_port"] = True
                filters = [PEER, http_rbac(rules={"action": action, "policies": {"p": rule}})]
                listeners.append(http_listener(name, filters, **fields))
                requests += [(name, request(rng)) for _ in range(ASKED)]
    with laboratory(tmp_path_factory.mktemp("certificates"), listeners) as envoy:
        return envoy.ask(requests)


@pytest.mark.parametrize("kind", ["source_ip", "direct_remote_ip", "remote_ip"])
def test_addresses_of_connections_without_a_proxy_in_front(kind: str, tmp_path: Path) -> None:
    rng = random.Random(SEED)
    prefixes = ("127.1.0.0/16", "127.1.0.2/32", "127.0.0.0/9", "127.2.0.0/15", "10.0.0.0/8", "::/0", "0.0.0.0/0")
    listeners = []
    for prefix in prefixes:
        address, _, length = prefix.partition("/")
        rule = policy(principal={kind: {"address_prefix": address, "prefix_len": int(length)}})
        listeners.append(http_listener(prefix, [http_rbac(rules={"action": "DENY", "policies": {"p": rule}})]))
    requests = [(prefix, request(rng, proxied=False, forwarded=False)) for prefix in prefixes for _ in range(12)]
    with laboratory(tmp_path, listeners, proxied=False) as envoy:
        cases = envoy.ask(requests)
    assert [case for case in cases if _predicted(case) != case.status] == []
    assert min(Counter(case.status for case in cases).values()) >= 20


def test_every_request_is_denied_or_allowed_as_predicted(cases: list[Case]) -> None:
    wrong = [case for case in cases if _predicted(case) != case.status]
    assert wrong == []


def _predicted(case: Case) -> int:
    if not case.verdict.steps and case.verdict.outcome is Outcome.DENIED:
        return 400  # refused by the connection manager
    return {Outcome.ALLOWED: 200, Outcome.DENIED: 403, Outcome.UNKNOWN: -1}[case.verdict.outcome]


def test_the_policy_named_is_the_one_predicted(cases: list[Case]) -> None:
    for case in cases:
        if case.status == 403:
            decided_by = case.verdict.decided_by
            assert case.denied_by == (decided_by.key if decided_by else "none"), case


def test_each_kind_fitted_and_did_not_fit_often(cases: list[Case]) -> None:
    fitted = Counter((" ".join(case.listener.split()[:2]), bool(case.verdict.steps[0].matched))
                     for case in cases if case.verdict.steps)  # fmt: skip
    wanted = {(f"{what} {kind}", fits) for what, kinds in (("permission", PERMISSIONS), ("principal", PRINCIPALS))
              for kind in kinds for fits in ((True, False) if kind != "any" else (True,))}  # fmt: skip
    assert {key: fitted[key] for key in wanted if fitted[key] < 20} == {}


@pytest.mark.parametrize(("proxied", "status"), [(True, 403), (False, 200)])
def test_source_ip_is_what_the_proxy_protocol_tells_but_not_what_a_header_does(
    proxied: bool, status: int, tmp_path: Path
) -> None:
    """Which of the two told the client's address is not known of a request, so that the answer is unknown."""
    rule = policy(principal={"source_ip": {"address_prefix": "10.0.0.0", "prefix_len": 8}})
    listener = http_listener("in", [http_rbac(rules={"action": "DENY", "policies": {"p": rule}})])
    told = Sent(via=("10.0.0.9", "10.0.0.14", 80)) if proxied else Sent(headers=(("x-forwarded-for", "10.0.0.9"),))
    with laboratory(tmp_path, [listener], proxied=proxied) as envoy:
        [case] = envoy.ask([("in", told)])
    assert (case.status, case.verdict.outcome) == (status, Outcome.UNKNOWN)
