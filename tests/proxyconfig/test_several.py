"""Views of several proxies as one."""

from __future__ import annotations

import json
from pathlib import Path

from meshctl.proxyconfig.several import combined_table
from meshctl.proxyconfig.view import Table
from tests.cli.run import meshctl


def test_columns_that_only_some_proxies_have_are_empty_for_the_others() -> None:
    tables = {
        "a": Table(("NAME", "TYPE"), [("x", "CA")], 5, frozenset({0})),
        "b": Table(("NAME", "TYPE", "TRUST DOMAIN"), [("y", "CA", "cluster.local")], 5, frozenset({0})),
    }
    whole = combined_table(tables)
    assert whole.columns == ("POD", "NAME", "TYPE", "TRUST DOMAIN")
    assert whole.rows == [("a", "x", "CA", ""), ("b", "y", "CA", "cluster.local")]
    assert whole.alarming == {0, 1}


def _archive(folder: Path) -> str:
    kind = "type.googleapis.com/envoy.admin.v3.ClustersConfigDump"
    for pod in ("web", "db"):
        (folder / "shop" / pod).mkdir(parents=True)
        dump = {"configs": [{"@type": kind, "static_clusters": [{"cluster": {"name": f"of-{pod}"}}]}]}
        (folder / "shop" / pod / "config_dump.json").write_text(json.dumps(dump))
    return str(folder)


def test_several_proxies_of_an_archive(tmp_path: Path) -> None:
    done = meshctl("pc", "cluster", "-f", _archive(tmp_path), "web", "db", "gone", "-o", "name")
    assert (done.code, done.out) == (65, "web cluster/of-web\ndb cluster/of-db\n")
    assert done.err.startswith("meshctl: gone: ")
    assert done.err.count("\n") == 1


def test_labels_ask_a_cluster(tmp_path: Path) -> None:
    assert meshctl("pc", "cluster", "-f", _archive(tmp_path), "-l", "app=web").code == 64
    assert meshctl("pc", "cluster", "-f", "-", "web", "db").code == 64
