"""Two dumps differ only in what matters."""

from __future__ import annotations

import base64
import copy
import json
from pathlib import Path
from typing import Any

import pytest

from meshctl.cli.app import run
from meshctl.proxyconfig import sections
from meshctl.proxyconfig.comparison import Change, compare
from meshctl.proxyconfig.dump import read
from tests.proxyconfig import made
from tests.proxyconfig.recordings import ORDERS, PRODUCTPAGE, recorded_dump

HOSTS: dict[str, Any] = {
    "name": "80",
    "virtual_hosts": [
        {"name": "a", "domains": ["a", "b"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "x"}}]},
        {"name": "c", "domains": ["c"]},
    ],
}


def paths(first: list[dict[str, Any]], second: list[dict[str, Any]]) -> list[tuple[str, Any, Any]]:
    found = compare(read(made.text(*first)), read(made.text(*second)))
    return [(value.path, value.first, value.second) for item in found.differences for value in item.values]


def test_the_same_dump_has_no_differences() -> None:
    assert compare(recorded_dump(ORDERS), recorded_dump(ORDERS)).differences == []


def test_order_says_nothing_where_envoy_takes_none() -> None:
    turned = copy.deepcopy(HOSTS)
    turned["virtual_hosts"].reverse()
    turned["virtual_hosts"][1]["domains"].reverse()
    assert paths([made.routes(HOSTS)], [made.routes(turned)]) == []
    assert paths([made.clusters({"name": "a"}, {"name": "b"})], [made.clusters({"name": "b"}, {"name": "a"})]) == []


def test_the_order_of_routes_matters() -> None:
    first = made.virtual_host({"match": {"prefix": "/a"}}, {"match": {"prefix": "/b"}})
    second = made.virtual_host({"match": {"prefix": "/b"}}, {"match": {"prefix": "/a"}})
    assert paths([made.routes(first)], [made.routes(second)]) == [
        ("virtualHosts.a.routes[0].match.prefix", "/a", "/b"),
        ("virtualHosts.a.routes[1].match.prefix", "/b", "/a"),
    ]


def test_versions_and_times_are_noise() -> None:
    first, second = made.clusters({"name": "a"}), made.clusters({"name": "a"})
    second["version_info"] = "2"
    second["dynamic_active_clusters"][0] |= {"version_info": "2", "last_updated": "2026-01-01T00:00:00Z"}
    assert paths([first], [second]) == []


def test_a_change_is_told_with_its_place_and_both_values() -> None:
    first = {"name": "outbound|80||a.b", "connect_timeout": "1s"}
    second = {"name": "outbound|80||a.b", "lb_policy": "MAGLEV"}
    assert paths([made.clusters(first)], [made.clusters(second)]) == [
        ("connectTimeout", "1s", None),
        ("lbPolicy", None, "MAGLEV"),
    ]


def test_resources_that_only_one_has() -> None:
    found = compare(read(made.text(made.clusters({"name": "a"}))), read(made.text(made.clusters({"name": "b"}))))
    assert [(item.kind, item.name, item.change) for item in found.differences] == [
        ("cluster", "a", Change.REMOVED),
        ("cluster", "b", Change.ADDED),
    ]


def test_an_endpoint_that_left() -> None:
    def assigned(*ports: int) -> dict[str, Any]:
        endpoints = [{"endpoint": {"address": {"socket_address": {"address": "1.1.1.1", "port_value": port}}}}
                     for port in ports]  # fmt: skip
        item = {"endpoint_config": {"cluster_name": "a", "endpoints": [{"lb_endpoints": endpoints}]}}
        return {"@type": sections.ENDPOINTS, "dynamic_endpoint_configs": [item]}

    [(path, first, second)] = paths([assigned(1, 2)], [assigned(2)])
    assert path.endswith("lbEndpoints[1.1.1.1:1]")
    assert first is not None
    assert second is None
    assert paths([assigned(1, 2)], [assigned(2, 1)]) == []


def test_resources_of_the_same_name_are_paired_by_what_they_are() -> None:
    other = {**HOSTS, "virtual_hosts": HOSTS["virtual_hosts"][:1]}
    assert paths([made.routes(HOSTS, other)], [made.routes(other, HOSTS)]) == []
    found = compare(read(made.text(made.routes(HOSTS, HOSTS))), read(made.text(made.routes(HOSTS))))
    assert [item.change for item in found.differences] == [Change.REMOVED]


def test_an_update_that_one_refused() -> None:
    first, second = made.clusters({"name": "a"}), made.clusters({"name": "a"})
    second["dynamic_active_clusters"][0]["error_state"] = {"details": "bad", "version_info": "9"}
    assert paths([first], [second]) == [("refused update", None, "bad")]


def test_a_section_that_only_one_has_is_not_compared_except_for_ecds() -> None:
    extension = {"@type": sections.ECDS, "ecds_filters": [{"ecds_filter": {"name": "wasm"}}]}
    found = compare(read(made.text(made.clusters({"name": "a"}))), read(made.text(extension)))
    assert found.uncompared == ["ClustersConfigDump"]
    assert [(item.kind, item.name, item.change) for item in found.differences] == [("ecds", "wasm", Change.ADDED)]


def test_certificates_of_workloads_are_compared_by_name_and_authorities_by_content() -> None:
    orders = recorded_dump(ORDERS)
    found = compare(orders, recorded_dump(PRODUCTPAGE))
    assert [item.name for item in found.differences if item.kind == "secret"] == ["default", "file-root:system"]
    [default] = [item for item in found.differences if item.kind == "secret" and item.name == "default"]
    assert [value.first for value in default.values] == ["spiffe://cluster.local/ns/held/sa/orders"]


def test_exit_codes_and_forms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = made.file(tmp_path, made.clusters({"name": "a", "type": "EDS"}), name="first")
    second = made.file(tmp_path, made.clusters({"name": "a", "type": "STATIC"}), name="second")
    assert run(["pc", "diff", first, first]) == 0
    assert "the same" in capsys.readouterr().out
    assert run(["pc", "diff", first, second]) == 79
    assert '~ cluster/a\n    type: "EDS" -> "STATIC"\n' in capsys.readouterr().out
    assert run(["pc", "diff", first, second, "-o", "name"]) == 79
    assert capsys.readouterr().out == "cluster/a\n"
    assert run(["pc", "diff", first, second, "-o", "json"]) == 79
    [shown] = json.loads(capsys.readouterr().out)
    assert shown["values"] == [{"path": "type", "first": "EDS", "second": "STATIC"}]
    assert run(["pc", "diff", first, first, "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_private_keys_are_not_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def with_key(key: str) -> dict[str, Any]:
        tls = {"common_tls_context": {"tls_certificates": [{"private_key": {"inline_bytes": key}}]}}
        return made.listeners({"name": "l", "filter_chains": [{"transport_socket": {"typed_config": tls}}]})

    keys = [base64.b64encode(f"-----BEGIN PRIVATE KEY-----\n{n}".encode()).decode() for n in "xy"]
    names = [made.file(tmp_path, with_key(key), name=key[-4:]) for key in keys]
    run(["pc", "diff", *names])
    printed = capsys.readouterr().out
    assert not any(key in printed for key in keys)


def test_common_roots(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dumps = [str(proxy / "config_dump.json.gz") for proxy in (ORDERS, PRODUCTPAGE)]
    assert run(["proxy-config", "rootca-compare", *dumps]) == 0
    assert "O=cluster.local" in capsys.readouterr().out
    file_root = next(entry for entry in recorded_dump(ORDERS).secrets if entry.name == "file-root:system")
    secret = {"name": "ROOTCA", "secret": json.loads(bytes(file_root.raw))}
    other = made.file(tmp_path, {"@type": sections.SECRETS, "dynamic_active_secrets": [secret]})
    assert run(["pc", "rc", dumps[0], other]) == 79
    assert "no root certificate in common" in capsys.readouterr().out
    empty = made.file(tmp_path, {"@type": sections.SECRETS}, name="empty")
    assert run(["pc", "rc", dumps[0], empty]) == 65
    assert "ROOTCA" in capsys.readouterr().err


def test_odd_forms_are_compared_as_they_are() -> None:
    def odd(bootstrap: Any) -> list[dict[str, Any]]:
        return [{"@type": sections.BOOTSTRAP, "bootstrap": bootstrap}]

    assert paths(odd({"node": 3}), odd({"node": 3})) == []
    assert paths(odd({"node": 3}), odd({"node": None})) == [("node", 3, None)]
    assert paths(odd([1]), odd([2])) == [("[0]", 1, 2)]
