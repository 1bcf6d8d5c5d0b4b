"""`authz can-i` on files, a recorded proxy and lists of requests."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.run import Done, meshctl

HERE = Path(__file__).parent.parent
ORDERS = HERE / "diagnose" / "authz" / "orders"
DUMP = str(HERE / "proxyconfig" / "recorded" / "orders" / "config_dump.json.gz")
WEB = ("--from", "ns/held/sa/web", "--from-ip", "10.0.0.9")


def _can_i(*arguments: str, stdin: str = "") -> Done:
    return meshctl("authz", "can-i", *arguments, stdin=stdin)


def _files(*arguments: str, stdin: str = "") -> Done:
    return _can_i("-f", str(ORDERS), "--to", "deployment/orders-v1.held", *arguments, stdin=stdin)


def test_the_first_line_tells_the_outcome_the_rule_and_its_line() -> None:
    done = _files(*WEB, "--request", "TRACE http://orders/x")
    assert (done.code, done.err) == (79, "")
    lines = (ORDERS / "policies.yaml").read_text().splitlines()
    line = lines.index("    - operation: {methods: [TRACE]}")  # the rule begins one line above, and lines count from 1
    assert done.out.splitlines()[0] == f"denied: rule 3 of orders-deny.held denies it ({ORDERS}/policies.yaml:{line})"
    assert "port 80 of service orders is port 8080 of the workload" in done.out


def test_allowed_denied_unknown_and_quiet() -> None:
    get = ("--request", "GET http://orders/items")
    assert _files(*WEB, *get).code == 0
    unknown = _files(*WEB[:2], *get)
    assert unknown.code == 65
    assert "--from-ip" in unknown.err
    quiet = _can_i("-f", str(ORDERS), "--to-labels", "app=orders", "-n", "held", "-q", *WEB, "--port", "7000")
    assert (quiet.code, quiet.out, quiet.err) == (79, "", "")


def test_rule_that_envoy_would_refuse_fits_nothing_and_leaves_no_log_of_a_library(tmp_path: Path) -> None:
    """A principal that begins with a star becomes a regular expression, and this one is none."""
    policy = {"metadata": {"name": "odd", "namespace": "shop"}, "kind": "AuthorizationPolicy"}
    file = tmp_path / "odd.json"
    source = {"source": {"principals": ["*/sa/(a"]}}
    file.write_text(
        json.dumps(policy | {"apiVersion": "security.istio.io/v1", "spec": {"rules": [{"from": [source]}]}})
    )
    done = _can_i("-f", str(file), "--to-labels", "app=web", "-n", "shop", *WEB, "--request", "GET http://web/")
    assert (done.code, done.err) == (79, "")


def test_json_tells_everything_with_places() -> None:
    done = _files(*WEB, "--request", "GET http://orders/items", "-o", "json")
    found: dict[str, Any] = json.loads(done.out)
    assert found["outcome"] == "allowed"
    [one] = found["workloads"]
    assert (one["workload"], one["port"], one["protocol"]) == ("Deployment held/orders-v1", 8080, "http")
    assert one["decidedBy"]["policy"] == "whole-namespace"
    assert one["decidedBy"]["file"].endswith("policies.yaml")
    assert [step["action"] for step in one["filters"]] == ["JWT", "LOG", "DENY", "ALLOW"]


REQUESTS: list[tuple[str, ...]] = [
    (*WEB, "--request", "GET http://orders:8080/items"),
    (*WEB, "--request", "GET http://orders:8080/items", "--header", "x-tenant: red"),
    (*WEB, "--request", "TRACE http://orders:8080/items"),
    ("--request", "GET http://orders.held.svc.cluster.local/x", "--port", "8080", "--from-ip", "10.0.0.9"),
    ("--request", "GET http://orders.held.svc.cluster.local/admin", "--port", "8080", "--from-ip", "10.0.0.9"),
    ("--request", "GET http://other:8080/x", "--from-ip", "10.0.0.9", "--claim", "iss=issuer@held.example",
     "--claim", "sub=ann", "--claim", "aud=shop", "--claim", "role=clerk"),
    ("--request", "GET http://other:8080/x", "--from-ip", "10.0.0.9", "--claim", "iss=issuer@held.example",
     "--claim", "sub=ann", "--claim", "aud=nobody", "--claim", "role=clerk"),
    ("--request", "GET http://other:8080/x", "--from-ip", "198.51.100.4"),
    ("--request", "GET http://other:8080/beta", *WEB),
    ("--port", "7000", *WEB),
    ("--port", "7000", "--plaintext"),
    ("--request", "GET http://orders:9090/x", *WEB),
    ("--request", "GET http://orders:9090/x", "--from", "ns/default/sa/x", "--from-ip", "10.0.0.9"),
    ("--request", "GET http://orders:9090/x", "--plaintext"),
]  # fmt: skip


@pytest.mark.parametrize("request_", REQUESTS, ids=" ".join)
def test_a_recorded_proxy_and_the_files_that_it_was_made_of_give_the_same_answer(request_: tuple[str, ...]) -> None:
    files = _files(*request_, "-o", "json")
    dump = _can_i("--dump", DUMP, *request_, "-o", "json")
    assert files.code == dump.code
    [one], [other] = json.loads(files.out)["workloads"], json.loads(dump.out)["workloads"]
    keys = [one["decidedBy"]["key"] if one["decidedBy"] else None, other["decidedBy"] and other["decidedBy"]["key"]]
    assert keys[0] == keys[1]
    assert one["outcome"] == other["outcome"]
    assert {0: "allowed", 79: "denied", 65: "unknown"}[files.code] == one["outcome"]


LIST = """
- {name: reads, to: deployment/orders-v1.held, from: ns/held/sa/web, from-ip: 10.0.0.9,
   request: 'GET http://orders/items', expect: allowed}
- {name: traces, to: orders.held, from: ns/held/sa/web, request: 'TRACE http://orders/items', expect: %s}
"""


def test_a_list_of_requests_is_compared_with_what_is_expected(tmp_path: Path) -> None:
    file = tmp_path / "expected.yaml"
    file.write_text(LIST % "denied")
    good = _can_i("-f", str(ORDERS), "--requests", str(file))
    assert (good.code, good.err) == (0, "")
    assert good.out.splitlines()[0].startswith("allowed: reads: ")
    file.write_text(LIST % "allowed")
    bad = _can_i("-f", str(ORDERS), "--requests", str(file))
    assert bad.code == 79
    assert bad.out.splitlines()[1].startswith("denied (expected allowed): traces: ")


def test_claims_come_as_json_or_as_a_token_that_is_never_shown() -> None:
    claims = {"iss": "issuer@held.example", "sub": "ann", "aud": "shop", "role": "clerk"}
    asked = ("--request", "GET http://other/x", "--from-ip", "10.0.0.9", "--claims")
    assert _files(*asked, json.dumps(claims)).code == 0
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    done = _files(*asked, "-", "-o", "json", stdin=f"e30.{body}.sig\n")
    assert done.code == 0
    assert body not in done.out + done.err
    wrong = _files(*asked, "-", stdin=f"{body}.secret")
    assert wrong.code == 64
    assert body not in wrong.out + wrong.err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ((), 64, "--to"),
        (("--to", "nobody.held"), 65, "there is no workload 'nobody.held'"),
        (("--to-labels", "app=none"), 64, "--port is missing"),
        (("--to", "orders-v1.held", "--port", "7000", "--from-ip", "x"), 64, "--from-ip cannot be 'x'"),
        (("--to", "orders-v1.held", "--port", "7000", "--plaintext", *WEB), 64, "plain text has no identity"),
        (("--to", "orders-v1.held", "--dump", DUMP), 64, "--dump excludes"),
        (("--requests", "none.yaml"), 65, "none.yaml does not exist"),
    ],
)
def test_wrong_usage_is_one_line_with_a_hint(arguments: tuple[str, ...], code: int, told: str) -> None:
    done = _can_i(*([] if "--dump" in arguments else ["-f", str(ORDERS)]), *arguments)
    assert (done.code, done.out) == (code, "")
    assert told in done.err
    assert "Traceback" not in done.err
