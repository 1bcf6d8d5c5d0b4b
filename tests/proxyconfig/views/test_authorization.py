"""The authorization policies that a proxy applies."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from meshctl.cli.app import run
from meshctl.proxyconfig.dump import read
from meshctl.proxyconfig.views.authorization import NOTHING, Applied, applied, table
from tests.proxyconfig import made
from tests.proxyconfig.rbac.made import http_rbac, network_rbac, policy, rules
from tests.proxyconfig.recordings import ORDERS

Json = dict[str, Any]
MANAGER = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"


def manager(*filters: Json) -> Json:
    return {"name": "envoy.filters.network.http_connection_manager",
            "typed_config": {"@type": MANAGER, "http_filters": list(filters)}}  # fmt: skip


def dump(*chains: list[Json]) -> bytes:
    return made.text(made.listeners({"name": "in", "filter_chains": [{"filters": one} for one in chains]}))


def policies(*chains: list[Json], dry_run: bool = False) -> list[Applied]:
    return applied(read(dump(*chains)), dry_run=dry_run)[0]


def cells(found: list[Applied]) -> list[tuple[str, ...]]:
    return table(found).rows


def test_rules_count_once_over_chains_and_kinds_of_filters() -> None:
    both = {"action": "DENY", "policies": {f"ns[n]-policy[p]-rule[{index}]": policy() for index in (0, 2)}}
    one = {"action": "DENY", "policies": {"ns[n]-policy[p]-rule[1]": policy()}}
    found = policies([manager(http_rbac(rules=both))], [network_rbac(rules=one)], [network_rbac(rules=both)])
    assert cells(found) == [("DENY", "p.n", "3")]
    assert (sorted(found[0].rules), len(found[0].chains)) == ([0, 1, 2], 3)


def test_rules_of_a_policy_count_under_all_of_its_actions() -> None:
    denied, allowed = (
        {"action": action, "policies": {f"ns[n]-policy[p]-rule[{index}]": policy() for index in numbers}}
        for action, numbers in (("DENY", (0, 1)), ("ALLOW", (2,)))
    )
    found = policies([manager(http_rbac(rules=denied), http_rbac(rules=allowed))])
    assert cells(found) == [("DENY", "p.n", "3"), ("ALLOW", "p.n", "3")]


def test_actions_come_in_their_order_and_names_sorted() -> None:
    custom = {"action": "DENY", "policies": {"istio-ext-authz-ns[n]-policy[c]-rule[0]": policy()}}
    found = policies([manager(
        http_rbac(shadow_rules=custom), http_rbac(rules=rules("LOG", l=policy())),
        http_rbac(rules=rules("ALLOW", z=policy(), a=policy())),
        http_rbac(rules=rules("DENY", d=policy())),
    )])  # fmt: skip
    assert cells(found) == [
        ("DENY", "d.shop", "1"), ("ALLOW", "a.shop", "1"), ("ALLOW", "z.shop", "1"), ("LOG", "l.shop", "1"),
        ("CUSTOM", "c.n", "1"),
    ]  # fmt: skip


def test_dry_runs_are_shown_on_demand() -> None:
    chain = [manager(http_rbac(shadow_rules=rules("DENY", d=policy()), rules=rules("ALLOW", a=policy())))]
    assert cells(policies(chain)) == [("ALLOW", "a.shop", "1")]
    found = policies(chain, dry_run=True)
    assert table(found, wide=True).rows == [
        ("DENY", "d.shop", "1", "yes", "1", "in"), ("ALLOW", "a.shop", "1", "no", "1", "in")
    ]  # fmt: skip


def test_rules_without_policies_have_a_name_too() -> None:
    assert cells(policies([network_rbac(rules={})])) == [("ALLOW", NOTHING, "1")]
    assert policies([network_rbac()]) == []


def test_only_active_listeners_count_and_not_their_default_chain() -> None:
    listener = {"name": "in", "default_filter_chain": {"filters": [network_rbac(rules=rules("DENY", d=policy()))]}}
    section = made.listeners(listener)
    other = {"name": "x", "filter_chains": [listener["default_filter_chain"]]}
    section["dynamic_listeners"].append({"name": "x", "draining_state": {"listener": other}})
    assert applied(read(made.text(section))) == ([], [])


def test_keys_of_others_are_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "dump.json"
    file.write_bytes(dump([network_rbac(rules={"action": "DENY", "policies": {"mine": policy()}})]))
    assert run(["authz", "check", "-f", str(file)]) == 0
    printed = capfd.readouterr()
    assert printed.out == "ACTION   AuthorizationPolicy   RULES\nDENY                           1\n"
    assert printed.err == "meshctl: a filter has rules with the key 'mine', which is of no AuthorizationPolicy\n"


def test_json_has_all(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["x", "authz", "check", "-f", str(ORDERS / "config_dump.json.gz"), "-o", "json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert [(one["name"], one["dryRun"], one["rules"]) for one in found] == [
        ("orders-deny", False, [0, 1, 2]), ("orders-dry-run", True, [0]), ("orders-allow", False, [0, 1, 2]),
        ("whole-namespace", False, [0]), ("orders-audit", False, [0]),
    ]  # fmt: skip


TABLE = (ORDERS / "expected" / "experimental_authz_check.txt").read_text()


def test_a_dump_may_come_by_standard_input_or_in_an_archive(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = (ORDERS / "config_dump.json.gz").read_bytes()
    archive = tmp_path / "bug-report.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for pod in ("orders-1", "other-1"):
            data = gzip.decompress(packed) if pod == "orders-1" else dump([network_rbac()])
            member = tarfile.TarInfo(f"bug-report/proxies/held/{pod}/config_dump")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    assert run(["authz", "check", "orders-1.held", "-f", str(archive)]) == 0
    assert capfd.readouterr().out == TABLE
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(gzip.decompress(packed))))
    assert run(["authz", "check", "-f", "-"]) == 0
    assert capfd.readouterr().out == TABLE


def test_without_a_pod_or_file_the_command_is_used_wrongly(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["authz", "check"]) == 64
    assert "name a pod, or a saved dump with --file" in capfd.readouterr().err


def test_an_action_that_nobody_knows_comes_last() -> None:
    later = http_rbac(rules=rules("LATER", a=policy()))
    denying = http_rbac(rules=rules("DENY", b=policy()))
    found, _ = applied(read(dump([manager(later, denying)])), dry_run=True)
    assert [one.action for one in found] == ["DENY", "LATER"]
