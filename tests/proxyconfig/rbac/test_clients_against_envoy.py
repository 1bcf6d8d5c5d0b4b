"""What headers tell of a client, and which of them filters see at all: a real Envoy denies what was predicted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from meshctl.proxyconfig.rbac.verdict import Outcome
from tests.proxyconfig.rbac.laboratory import ACCOUNTS, SOURCES, Case, Sent, http_listener, laboratory
from tests.proxyconfig.rbac.made import Json, http_rbac, network_rbac, policy, rules

MANAGERS: Sequence[Json] = [
    {"use_remote_address": edge, "xff_num_trusted_hops": hops, **more}
    for edge in (False, True)
    for hops, more in (
        (0, {}),
        (1, {"forward_client_cert_details": "APPEND_FORWARD"}),
        (2, {"forward_client_cert_details": "SANITIZE_SET", "skip_xff_append": True}),
    )
]


def _range(kind: str, prefix: str, length: int) -> Json:
    return {kind: {"address_prefix": prefix, "prefix_len": length}}


def _header(name: str, **condition: object) -> Json:
    return {"header": {"name": name, **condition}}


CLIENTS: Mapping[str, Json] = {
    "remote 10": _range("remote_ip", "10.0.0.0", 8),
    "remote 8": _range("remote_ip", "8.0.0.0", 8),
    "remote own": _range("remote_ip", "127.0.0.0", 8),
    "remote IPv6": _range("remote_ip", "2001:db8::", 32),
    "direct": _range("direct_remote_ip", "127.1.0.1", 32),
    "forwarded": _header("x-forwarded-for", string_match={"prefix": "10."}),
    "forwarded at all": _header("x-forwarded-for"),
    "appended": _header("x-forwarded-for", string_match={"suffix": SOURCES[0]}),
    "outside": _header("x-envoy-external-address", string_match={"exact": "8.8.8.8"}),
    "certificate": _header("x-forwarded-client-cert"),
    "internal": _header("x-envoy-internal"),
    "retries": _header("x-envoy-retry-on"),
}

FORWARDED: Sequence[tuple[str, ...]] = [
    (), ("10.0.0.1",), ("8.8.8.8",), ("10.0.0.1, 8.8.8.8",), ("8.8.8.8,10.0.0.1",), ("1.1.1.1, 8.8.8.8, 10.0.0.1",),
    ("10.0.0.1", "2001:db8::1"), ("junk",), ("10.0.0.1:80",), ("",), ("8.8.8.8, junk",), ("10.0.0.1, ",),
]  # fmt: skip

OTHERS = [(), (("x-forwarded-client-cert", "By=x"), ("x-envoy-internal", "true"), ("x-envoy-retry-on", "5xx"))]


def _requests(name: str) -> list[tuple[str, Sent]]:
    return [
        (
            name,
            Sent(
                headers=(*(("x-forwarded-for", text) for text in told), *more),
                account=account,
                source=SOURCES[number % 2],
            ),
        )
        for number, told in enumerate(FORWARDED)
        for more in OTHERS[: 2 if number < 2 else 1]
        for account in (None, *(ACCOUNTS[:1] if number < 2 else ()))
    ]


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    listeners = [
        http_listener(f"{number} {name}", [http_rbac(rules=rules("DENY", a=policy(principal=client)))], **manager)
        for number, manager in enumerate(MANAGERS)
        for name, client in CLIENTS.items()
    ]
    requests = [request for one in listeners for request in _requests(one["name"])]
    with laboratory(tmp_path_factory.mktemp("certificates"), listeners, proxied=False) as envoy:
        return envoy.ask(requests)


def test_every_request_is_denied_or_allowed_as_predicted(cases: list[Case]) -> None:
    status = {Outcome.ALLOWED: 200, Outcome.DENIED: 403}
    sure = [case for case in cases if case.verdict.outcome is not Outcome.UNKNOWN]
    assert [case for case in sure if status[case.verdict.outcome] != case.status] == []
    hidden = {case.listener.partition(" ")[2] for case in cases if case.verdict.outcome is Outcome.UNKNOWN}
    assert hidden == {"certificate"}  # what the proxy writes there of the client's certificate is not known


def test_each_client_was_denied_and_allowed(cases: list[Case]) -> None:
    seen = Counter((case.listener.partition(" ")[2], case.status) for case in cases)
    never = {("internal", 403), ("retries", 403)}
    assert {(name, status) for name in CLIENTS for status in (200, 403)} - seen.keys() <= never


def test_network_filters_do_not_see_what_headers_tell(tmp_path: Path) -> None:
    filters = [network_rbac(rules=rules("DENY", a=policy(principal=CLIENTS["remote 10"])))]
    listener = http_listener("in", [])
    listener["filters"] = [*filters, *listener["filters"]]
    with laboratory(tmp_path, [listener], proxied=False) as envoy:
        [case] = envoy.ask([("in", Sent(headers=(("x-forwarded-for", "10.0.0.1"),)))])
    assert (case.status, case.verdict.outcome) == (200, Outcome.ALLOWED)
