"""Parts that are read as plain data, and are not as Envoy writes them: one line, and no failure of the program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.run import meshctl
from tests.envoy.resources import address, connection_manager
from tests.proxyconfig import made

_PORT = {"typed_config": {"@type": "t/x.DestinationPortInput"}}
_TREES: list[Any] = [
    {"matcher_tree": 1}, {"matcher_list": {"matchers": ["x"]}}, {"on_no_match": {"action": "x"}},
    {"matcher_tree": {"input": _PORT, "exact_match_map": {"map": [1]}}},
]  # fmt: skip
_RULES: list[dict[str, Any]] = [{"rules": {"policies": [1]}}, {"rules": 1}, {"matcher": {"matcher_list": 1}}]
_ROUTES = {"virtual_hosts": [{"domains": ["*"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "a"}}]}]}


def _listener(chain: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "in", "address": address("10.0.0.1", 80), "filter_chains": [chain], **more}


def _one_line(folder: Path, listener: dict[str, Any]) -> None:
    file = made.file(folder, made.listeners(listener), made.clusters({"name": "a"}))
    for arguments in (["pc", "trace", "-f", file], ["authz", "can-i", "--dump", file]):
        done = meshctl(*arguments, "--request", "GET http://10.0.0.1/")
        assert (done.code, done.out, done.err.count("\n")) == (65, "", 1), arguments
        assert "not as Envoy writes it" in done.err


@pytest.mark.parametrize("tree", _TREES, ids=str)
def test_a_damaged_tree_of_matches(tree: Any, tmp_path: Path) -> None:
    _one_line(tmp_path, _listener({"name": "x"}, filter_chain_matcher=tree))


@pytest.mark.parametrize(
    "fields", [{"rules": {"policies": [1]}}, {"rules": 1}, {"matcher": {"matcher_list": 1}}], ids=str
)
def test_damaged_access_rules(fields: dict[str, Any], tmp_path: Path) -> None:
    config = {"@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC", **fields}
    rbac = {"name": "envoy.filters.http.rbac", "typed_config": config}
    listener = _listener({"filters": [connection_manager({"route_config": _ROUTES}, filters=[rbac])]})
    _one_line(tmp_path, listener)
    if "rules" in fields:
        done = meshctl("x", "authz", "check", "-f", made.file(tmp_path, made.listeners(listener)))
        assert (done.code, done.out, done.err.count("\n")) == (65, "", 1)


_KEYS = {"keys": ["a"], "fallback_policy": "KEYS_SUBSET", "fallback_keys_subset": ["a"]}
_ASKED = {"filter_metadata": {"envoy.lb": {"a": "x"}}}


@pytest.mark.parametrize(
    ("match", "action", "cluster"),
    [
        ({"prefix": "/"}, {"regex_rewrite": {"pattern": {"regex": "/"}, "substitution": r"\9"}}, {}),
        (
            {"path_match_policy": {"typed_config": {"path_template": "/{a}"}}},
            {"path_rewrite_policy": {"typed_config": {"path_template_rewrite": "/{b}"}}},
            {},
        ),
        ({"prefix": "/"}, {"metadata_match": _ASKED}, {"lb_subset_config": {"subset_selectors": [_KEYS]}}),
    ],
    ids=["a group that is not there", "a variable that is not there", "a fallback to itself"],
)
def test_what_no_envoy_takes(
    match: dict[str, Any], action: dict[str, Any], cluster: dict[str, Any], tmp_path: Path
) -> None:
    host = {"domains": ["*"], "routes": [{"match": match, "route": {"cluster": "a", **action}}]}
    listener = _listener({"filters": [connection_manager({"route_config": {"virtual_hosts": [host]}})]})
    file = made.file(tmp_path, made.listeners(listener), made.clusters({"name": "a", **cluster}))
    done = meshctl("pc", "trace", "-f", file, "--request", "GET http://10.0.0.1/x")
    assert (done.code, done.err) == (0, "")
    assert "the cluster has no endpoint" in done.out
