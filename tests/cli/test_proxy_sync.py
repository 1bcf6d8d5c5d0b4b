"""`meshctl proxy-status POD`, `proxy-config diff POD istiod` and `x internal-debug`, from files and istiods at hand."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from meshctl.cli.app import run
from tests.cluster.debug_pages import DebugPages, proxy, serving_pages
from tests.proxyconfig.recordings import ISTIOD, PRODUCTPAGE
from tests.xds.grpc_istiod import grpc_istiod

DUMP = str(ISTIOD / "config_dump.json.gz")
ENVOY = str(PRODUCTPAGE / "config_dump.json.gz")
NAME = "productpage-v1-7498b5bd44-bnjmw.default"
LOADED = " (RDS last loaded at Mon, 23 Nov 2026 00:34:36 UTC)"

Output = pytest.CaptureFixture[str]


def dump_of(path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(gzip.decompress(Path(path).read_bytes()))
    return found


def changed(folder: Path, change: Callable[[dict[str, Any]], object]) -> str:
    """The proxy's dump after a change of its sections, by the last word of their type."""
    dump = dump_of(ENVOY)
    change({section["@type"].rpartition(".")[2]: section for section in dump["configs"]})
    path = folder / "changed.json"
    path.write_text(json.dumps(dump))
    return str(path)


@pytest.fixture
def pages() -> Iterator[tuple[DebugPages, str]]:
    """An istiod that the productpage is connected to."""
    found = DebugPages()
    found.dumps[NAME] = json.dumps(dump_of(DUMP))
    with serving_pages(found) as address:
        yield found, address


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


def test_recorded_proxy_has_what_recorded_istiod_sends(capsys: Output) -> None:
    assert run(["ps", NAME, "--file", ENVOY, "--istiod-file", DUMP]) == 0
    assert capsys.readouterr().out == f"Clusters Match\nListeners Match\nRoutes Match{LOADED}\n"


def test_differences_are_shown_as_a_diff_and_end_with_79(tmp_path: Path, capsys: Output) -> None:
    def change(sections: dict[str, Any]) -> None:
        sections["ClustersConfigDump"]["dynamic_active_clusters"][0]["cluster"]["connect_timeout"] = "77s"
        sections["RoutesConfigDump"]["dynamic_route_configs"][0]["route_config"]["virtual_hosts"][0]["domains"] += ["x"]

    file = changed(tmp_path, change)
    assert run(["ps", NAME, "--file", file, "--istiod-file", DUMP]) == 79
    out = capsys.readouterr().out
    assert out.startswith("Clusters Don't Match\n--- Istiod Clusters\n+++ Envoy Clusters\n@@ -")
    assert '\n+                "connectTimeout": "77s",\n' in out
    assert f"\nListeners Match\nRoutes Don't Match{LOADED}\n--- Istiod Routes\n+++ Envoy Routes\n@@ -" in out
    assert run(["ps", NAME, "--file", file, "--istiod-file", DUMP, "-o", "json"]) == 79
    found = json.loads(capsys.readouterr().out)
    assert (found["proxy"], found["match"]) == (NAME, False)
    assert [part["match"] for part in found["sections"]] == [False, True, False]
    assert found["sections"][0]["differences"][0]["values"] == [
        {"path": "connectTimeout", "first": "10s", "second": "77s"}
    ]


def test_a_missing_section_is_said_and_the_others_are_compared(tmp_path: Path, capsys: Output) -> None:
    file = changed(tmp_path, lambda sections: sections["ListenersConfigDump"].update({"@type": "x/y.Other"}))
    assert run(["ps", NAME, "--file", file, "--istiod-file", DUMP]) == 65
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["Clusters Match", "Listeners cannot be compared: the dump of Envoy has no ListenersConfigDump"]
    assert run(["ps", NAME, "--file", file, "--istiod-file", DUMP, "-o", "yaml"]) == 65
    assert "problem: " in capsys.readouterr().out


def test_what_a_proxy_refused_is_told_besides(tmp_path: Path, capsys: Output) -> None:
    def change(sections: dict[str, Any]) -> None:
        listeners = sections["ListenersConfigDump"]["dynamic_listeners"]
        listeners[0]["error_state"] = {"details": "no such filter"}
        cluster = {"cluster": {"name": "waits"}}
        sections["ClustersConfigDump"]["dynamic_warming_clusters"] = [cluster]

    assert run(["ps", NAME, "--file", changed(tmp_path, change), "--istiod-file", DUMP]) == 0
    err = capsys.readouterr().err
    assert "no such filter" in err
    assert "waits is warming" in err


def test_istiod_is_asked_for_the_very_proxy(pages: tuple[DebugPages, str], capsys: Output) -> None:
    istiod, address = pages
    # istiod takes the first connection that has the text somewhere in its name.
    istiod.dumps = {f"new-{NAME}": '{"configs": []}', f"{NAME}-east": '{"configs": []}', **istiod.dumps}
    assert run(["ps", NAME, "--file", ENVOY, "--xds-address", address]) == 0
    assert capsys.readouterr().out.startswith("Clusters Match\n")


def test_istiod_that_tells_no_connections_is_asked_by_name(pages: tuple[DebugPages, str], capsys: Output) -> None:
    istiod, address = pages
    istiod.connections = False
    assert run(["ps", NAME, "--file", ENVOY, "--xds-address", address]) == 0
    assert run(["ps", "other.default", "--file", ENVOY, "--xds-address", address]) == 65
    assert "other.default is connected to no istiod" in capsys.readouterr().err


def test_a_saved_dump_says_which_proxy_it_is_of(pages: tuple[DebugPages, str], capsys: Output) -> None:
    _, address = pages
    assert run(["ps", "productpage-v1-7498b5bd44-bnjmw", "--file", ENVOY, "--xds-address", address]) == 0
    assert run(["pc", "diff", ENVOY, "istiod", "--xds-address", address]) == 0
    assert "configured the same" in capsys.readouterr().out


def test_diff_against_istiod_covers_endpoints(pages: tuple[DebugPages, str], tmp_path: Path, capsys: Output) -> None:
    istiod, address = pages
    dump = dump_of(DUMP)
    endpoints = json.loads(gzip.decompress((ISTIOD / "edsz.json.gz").read_bytes()))["configs"]
    endpoints.pop()
    dump["configs"].append(
        {
            "@type": "type.googleapis.com/envoy.admin.v3.EndpointsConfigDump",
            "dynamicEndpointConfigs": [{"endpointConfig": item} for item in endpoints],
        }
    )
    istiod.dumps[NAME] = json.dumps(dump)
    assert run(["pc", "diff", ENVOY, "istiod", "--xds-address", address, "-o", "name"]) == 79
    assert capsys.readouterr().out.startswith("endpoint/")
    assert "include_eds" in istiod.asked[-1]


def test_over_grpc_the_same(capsys: Output) -> None:
    with grpc_istiod() as istiod:
        istiod.pages["config_dump"] = dump_of(DUMP)
        flags = ["--xds-address", f"127.0.0.1:{istiod.port}", "--plaintext"]
        assert run(["ps", NAME, "--file", ENVOY, *flags]) == 0
        assert capsys.readouterr().out.startswith("Clusters Match\n")
        istiod.pages["config_dump"] = b"Proxy not connected to this Pilot instance. It may be elsewhere."
        assert run(["ps", NAME, "--file", ENVOY, *flags]) == 65
        istiod.pages["config_dump"] = b""
        assert run(["ps", NAME, "--file", ENVOY, *flags]) == 65
        assert capsys.readouterr().err.count("is connected to no istiod") == 2


def test_debug_pages_are_printed_as_they_are(capsys: Output) -> None:
    pages = DebugPages(proxies=[proxy("a.b")])
    with serving_pages(pages) as address:
        flags = ["--xds-address", address]
        assert run(["x", "internal-debug", "clusterz", *flags]) == 0
        assert capsys.readouterr().out == "[]\n"
        assert run(["x", "internal-debug", "syncz?namespace=b", *flags, "--all"]) == 0
        [(name, found)] = json.loads(capsys.readouterr().out).items()
        assert (name in address, found[0]["proxy"]) == (True, "a.b")
        assert run(["x", "internal-debug", "-L", *flags]) == 0
        assert '\n  "syncz"' in capsys.readouterr().out
        assert run(["x", "internal-debug", "nothing", *flags]) == 65
        printed = capsys.readouterr()
        assert printed.out == ""
        assert "internal-debug --list" in printed.err


def test_debug_pages_over_grpc(capsys: Output) -> None:
    with grpc_istiod() as istiod:
        istiod.pages["text"] = "é\n".encode()
        flags = ["--xds-address", f"127.0.0.1:{istiod.port}", "--plaintext"]
        assert run(["x", "internal-debug", "text", *flags]) == 0
        assert capsys.readouterr().out == "é\n"
        assert run(["x", "internal-debug", "syncz", "--all", *flags]) == 0
        assert json.loads(capsys.readouterr().out) == {"istiod-7d-abc": []}


def test_internal_debug_needs_a_page(capsys: Output) -> None:
    assert run(["x", "internal-debug"]) == 64
    assert "--list" in capsys.readouterr().err
