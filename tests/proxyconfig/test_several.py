"""Views of several proxies as one."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from meshctl.proxyconfig.several import combined_table
from meshctl.proxyconfig.view import Table
from tests.cli.run import meshctl
from tests.proxyconfig.recordings import ORDERS


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


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Whole dumps of a proxy `full`, and of one `bare` that has neither endpoints nor secrets nor ECDS."""
    folder = tmp_path_factory.mktemp("archive")
    for pod, names in (("full", None), ("bare", ("BootstrapConfigDump", "ClustersConfigDump"))):
        (folder / "held" / pod).mkdir(parents=True)
        dump = json.loads(gzip.decompress((ORDERS / "config_dump.json.gz").read_bytes()))
        kept = [one for one in dump["configs"] if names is None or one["@type"].rpartition(".")[2] in names]
        (folder / "held" / pod / "config_dump.json").write_text(json.dumps({"configs": kept}))
    return str(folder)


def test_versions_of_several_proxies(archive: str) -> None:
    done = meshctl("pc", "bootstrap", "-f", archive, "full", "bare", "-o", "short")
    assert (done.code, done.err) == (0, "")
    assert [line.split() for line in done.out.splitlines()] == [
        ["POD", "PART", "VERSION"],
        *([pod, part, version] for pod in ("full", "bare")
          for part, version in (("Istio", "1.31.0"), ("Envoy", "1.40.0/Clean/RELEASE/BoringSSL"))),
    ]  # fmt: skip
    found = json.loads(meshctl("pc", "bootstrap", "-f", archive, "full", "bare").out)
    assert {pod: list(one) for pod, one in found.items()} == {pod: ["bootstrap", "lastUpdated"] for pod in found}
    assert list(found) == ["full", "bare"]


@pytest.mark.parametrize(("view", "lacks"), [("ecds", "EcdsConfigDump"), ("eds", "endpoints")])
def test_proxies_that_lack_a_section_are_named(archive: str, view: str, lacks: str) -> None:
    one = meshctl("pc", view, "-f", archive, "full")
    done = meshctl("pc", view, "-f", archive, "full", "bare")
    assert (one.code, done.code, done.err.count("\n")) == (0, 65, 1)
    assert done.err.startswith("meshctl: bare: ")
    assert lacks in done.err
    assert [line.split()[1:] for line in done.out.splitlines()] == [line.split() for line in one.out.splitlines()]


def test_everything_of_several_proxies(archive: str) -> None:
    full, bare = (meshctl("pc", "all", "-f", archive, pod, "--at", "2026-11-23T12:00:00Z") for pod in ("full", "bare"))
    done = meshctl("pc", "all", "-f", archive, "full", "bare", "--at", "2026-11-23T12:00:00Z")
    assert done.code == bare.code == 65
    assert all(line.startswith(("meshctl: full: ", "meshctl: bare: ")) for line in done.err.splitlines())
    assert done.out == f"------ full ------\n\n{full.out}\n------ bare ------\n\n{bare.out}\n"
    found = json.loads(meshctl("pc", "all", "-f", archive, "full", "bare", "-o", "json").out)
    assert {pod: len(one["configs"]) for pod, one in found.items()} == {"full": 8, "bare": 2}
