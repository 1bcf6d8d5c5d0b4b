"""`meshctl proxy-status`: the overview, from files and from istiods."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from meshctl.cli.app import run
from tests.cluster.debug_pages import SYNCED, DebugPages, proxy, serving_pages
from tests.proxyconfig.recordings import ISTIOD, PRODUCTPAGE
from tests.xds.grpc_istiod import grpc_istiod

SYNCZ = str(ISTIOD / "syncz.json")
AT = "2026-11-26T12:03:05Z"
FOUR = {"CDS": SYNCED, "LDS": SYNCED, "EDS": SYNCED, "RDS": SYNCED}

PROXIES = [
    proxy("web-1.shop", **FOUR),
    proxy("cart-1.shop", "1.30.2", **FOUR | {"EDS": "STALE", "RDS": "NOT SENT"}),
    proxy("in-1.istio-system", "1.28.0", "router", **FOUR | {"LDS": "Error adding listener:\n  bad"}),
    proxy("ztunnel-x.istio-system", type_="ztunnel", WDS=SYNCED),
    proxy("istioctl", type_="debug"),
]

Output = pytest.CaptureFixture[str]


def saved(folder: Path, data: Any) -> str:
    path = folder / "syncz.json"
    path.write_text(json.dumps(data))
    return str(path)


def test_the_table_of_istioctl(tmp_path: Path, capsys: Output) -> None:
    assert run(["ps", "--file", saved(tmp_path, {"istiod-a": PROXIES})]) == 0
    assert capsys.readouterr().out == (
        "NAME                       CLUSTER        ISTIOD       VERSION     SUBSCRIBED TYPES\n"
        "cart-1.shop                Kubernetes     istiod-a     1.30.2      4 (CDS,LDS,EDS,RDS)\n"
        "in-1.istio-system          Kubernetes     istiod-a     1.28.0      4 (CDS,LDS,EDS,RDS)\n"
        "web-1.shop                 Kubernetes     istiod-a     1.31.0      4 (CDS,LDS,EDS,RDS)\n"
        "ztunnel-x.istio-system     Kubernetes     istiod-a     1.31.0      1 (WDS)\n"
    )


@pytest.mark.parametrize("command", [["proxy-status"], ["ps"], ["experimental", "proxy-status"], ["x", "ps"]])
def test_names_of_the_command(command: list[str], capsys: Output) -> None:
    assert run([*command, "--file", SYNCZ]) == 0
    assert "productpage-v1-7498b5bd44-bnjmw.default" in capsys.readouterr().out


def test_states_by_type(tmp_path: Path, capsys: Output) -> None:
    assert run(["ps", "--file", saved(tmp_path, PROXIES[:3]), "-v", "1", "--at", AT]) == 0
    lines = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
    cells = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    assert cells == [
        ["NAME", "CLUSTER", "CDS", "ECDS", "EDS", "LDS", "RDS", "ISTIOD", "VERSION"],
        ["cart-1.shop", "Kubernetes", "SYNCED (3m5s)", "IGNORED", "STALE (3m5s)", "SYNCED (3m5s)", "NOT SENT", "-",
         "1.30.2"],
        ["in-1.istio-system", "Kubernetes", "SYNCED (3m5s)", "IGNORED", "SYNCED (3m5s)", "ERROR (3m5s)",
         "SYNCED (3m5s)", "-", "1.28.0"],
        ["web-1.shop", "Kubernetes", "SYNCED (3m5s)", "IGNORED", "SYNCED (3m5s)", "SYNCED (3m5s)", "SYNCED (3m5s)",
         "-", "1.31.0"],
    ]  # fmt: skip


def test_what_is_wrong_is_told_on_the_standard_error(tmp_path: Path, capsys: Output) -> None:
    with serving_pages(DebugPages(proxies=PROXIES)) as address:
        assert run(["ps", "--xds-address", address, "--at", AT]) == 0
        assert run(["ps", "--xds-address", address, "--check"]) == 79
        printed = capsys.readouterr()
    told, skew = printed.err.splitlines()[:3], "in-1.istio-system (1.28.0 with 1.31.0, 3 minors behind)"
    assert told == [
        "meshctl: in-1.istio-system refused its LDS: Error adding listener: bad",
        "meshctl: 1 of 4 proxies has not acknowledged what was sent: cart-1.shop (EDS for 3m5s)",
        f"meshctl: 1 of 4 proxies does not fit the version of the control plane: {skew}",
    ]


def test_healthy_proxies_are_not_remarked(capsys: Output) -> None:
    assert run(["ps", "--file", SYNCZ, "--check"]) == 0
    assert capsys.readouterr().err == ""


def test_only_the_stale_ones(tmp_path: Path, capsys: Output) -> None:
    file = saved(tmp_path, PROXIES)
    for flag in ("--stale", "--unsynced"):
        assert run(["ps", "--file", file, flag]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [line.split()[0] for line in lines] == ["NAME", "cart-1.shop", "in-1.istio-system"]
    assert run(["ps", "--file", file, "--stale", "-n", "shop", "-o", "json"]) == 0
    assert [one["node"]["id"] for one in json.loads(capsys.readouterr().out)["resources"]] == ["cart-1.shop"]


def test_wide_has_versions_of_both_sides_and_can_be_sorted(capsys: Output) -> None:
    with serving_pages(DebugPages(proxies=PROXIES)) as address:
        assert run(["ps", "--xds-address", address, "-o", "wide", "--sort-by", "-version"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ("NAME CLUSTER TYPE CDS LDS EDS RDS WDS ISTIOD ISTIOD VERSION VERSION SKEW".split())
    assert [line.split()[0] for line in lines[3:]] == ["cart-1.shop", "in-1.istio-system"]
    assert lines[3].endswith("1.31.0             1.30.2      1 minor behind")
    assert lines[4].endswith("3 minors behind")


def test_data_has_the_form_of_istioctl(capsys: Output) -> None:
    with serving_pages(DebugPages(proxies=PROXIES[2:3])) as address:
        assert run(["ps", "--xds-address", address, "-o", "json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert run(["ps", "--xds-address", address, "-o", "yaml"]) == 0
        assert "configStatus: ERROR" in capsys.readouterr().out
    [resource] = found["resources"]
    assert resource["@type"] == "type.googleapis.com/envoy.service.status.v3.ClientConfig"
    assert resource["node"] == {
        "id": "in-1.istio-system",
        "metadata": {"CLUSTER_ID": "Kubernetes", "NAMESPACE": "istio-system", "ISTIO_VERSION": "1.28.0"},
    }
    [listeners] = [one for one in resource["genericXdsConfigs"] if one["typeUrl"].endswith("Listener")]
    assert listeners["configStatus"] == "ERROR"
    assert listeners["errorState"]["details"] == "Error adding listener:\n  bad"
    assert json.loads(found["controlPlane"]["identifier"])["Info"]["version"] == "1.31.0"


def test_what_was_printed_can_be_read_again(tmp_path: Path, capsys: Output) -> None:
    path = tmp_path / "printed.json"
    outputs = []
    with (
        serving_pages(DebugPages(proxies=PROXIES[:3])) as one,
        serving_pages(DebugPages(proxies=PROXIES[3:4])) as other,
    ):
        for address in (one, other):
            assert run(["ps", "--xds-address", address, "-o", "json"]) == 0
            outputs.append(capsys.readouterr().out)
    # istioctl prints the answers of several istiods one after another, meshctl as a list.
    for text in ("".join(outputs), f"[{','.join(outputs)}]"):
        path.write_text(text)
        assert run(["ps", "--file", str(path), "--stale", "-v", "1"]) == 0
        printed = capsys.readouterr()
        assert [line.split()[0] for line in printed.out.splitlines()] == ["NAME", "cart-1.shop", "in-1.istio-system"]
        assert printed.err.count("\n") == 3
        assert run(["ps", "--file", str(path), "-o", "json"]) == 0
        assert json.loads(capsys.readouterr().out) == [json.loads(output) for output in outputs]


def test_several_istiods_are_one_document(tmp_path: Path, capsys: Output) -> None:
    file = saved(tmp_path, {"istiod-a": PROXIES[:1], "istiod-b": PROXIES[1:2]})
    assert run(["ps", "--file", file, "-o", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [json.loads(one["controlPlane"]["identifier"])["ID"] for one in found] == ["istiod-a", "istiod-b"]


def test_istiods_before_1_24_told_types_by_name(tmp_path: Path, capsys: Output) -> None:
    old = {"proxy": "a.b", "cluster_id": "c", "istio_version": "1.20.0", "cluster_sent": "1", "cluster_acked": "1",
           "listener_sent": "2", "listener_acked": "1", "route_sent": ""}  # fmt: skip
    assert run(["ps", "--file", saved(tmp_path, [old]), "-v", "1"]) == 0
    row = capsys.readouterr().out.splitlines()[1].split("     ")
    assert [cell.strip() for cell in row if cell.strip()] == [
        "a.b", "c", "SYNCED", "IGNORED", "NOT SENT", "STALE", "NOT SENT", "-", "1.20.0",
    ]  # fmt: skip


def test_nobody_is_connected(tmp_path: Path, capsys: Output) -> None:
    for nothing in ("[]", "null"):
        assert run(["ps", "--file", saved(tmp_path, json.loads(nothing))]) == 0
        assert capsys.readouterr().out.split() == "NAME CLUSTER ISTIOD VERSION SUBSCRIBED TYPES".split()


def test_odd_items_do_no_harm(tmp_path: Path, capsys: Output) -> None:
    types = {"x": 3, "y": {"sent": 1, "acked": [], "sentTime": 5, "lastError": {}}}
    items = [
        {"proxy": 7, "resources": types},
        {"proxy": "a.b", "proxy_type": ["x"]},
        {"proxy": "nodot", "resources": []},
    ]
    file = saved(tmp_path, [{"proxy": None}, {"proxy": []}, *items])
    for flags in ([], ["-v", "1"], ["-o", "wide"], ["-o", "json"], ["--stale"]):
        assert run(["ps", "--file", file, *flags]) == 0
    assert "7 (y)" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["{}{", '{"configs": []}', '{"a": 3}', '"x"', "3"])
def test_files_that_are_something_else(content: str, tmp_path: Path, capsys: Output) -> None:
    path = tmp_path / "file"
    path.write_text(content)
    assert run(["ps", "--file", str(path)]) == 65
    assert capsys.readouterr().err.count("\n") == 1


def test_an_istiod_is_asked_over_grpc(tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    with grpc_istiod() as istiod:
        istiod.pages["syncz"] = PROXIES[:2]
        assert run(["ps", "--xds-address", f"127.0.0.1:{istiod.port}", "--plaintext", "-n", "shop"]) == 0
        assert "istiod-7d-abc" in capsys.readouterr().out
        config = tmp_path / "config.yaml"
        config.write_text(f"xds-port: {istiod.port}\nplaintext: true\n")
        monkeypatch.setenv("ISTIOCONFIG", str(config))
        monkeypatch.setenv("ISTIOCTL_XDS_ADDRESS", "127.0.0.1")
        assert run(["ps", "-o", "json"]) == 0
        assert json.loads(capsys.readouterr().out)["versionInfo"] == "2026/7"
        monkeypatch.setenv("ISTIOCTL_PLAINTEXT", "perhaps")
        assert run(["ps"]) == 64


def test_istiod_that_is_not_there_or_slow(capsys: Output) -> None:
    assert run(["ps", "--xds-address", "http://127.0.0.1:9"]) == 65
    assert "127.0.0.1:9" in capsys.readouterr().err
    pages = DebugPages()
    pages.pause()
    started = time.monotonic()
    with serving_pages(pages) as address:
        assert run(["ps", "--xds-address", address, "--timeout", "500ms"]) == 65
        assert "--timeout" in capsys.readouterr().err
    assert time.monotonic() - started < 30


def test_pages_that_are_refused_or_switched_off(capsys: Output) -> None:
    pages = DebugPages()
    with serving_pages(pages) as address:
        pages.status = 403
        assert run(["ps", "--xds-address", address]) == 65
        assert "403" in capsys.readouterr().err
        pages.status = 404
        assert run(["ps", "--xds-address", address]) == 65
        assert "ENABLE_DEBUG_ON_HTTP" in capsys.readouterr().err


@pytest.mark.parametrize(
    "flags",
    [
        ["--xds-address", "a:1", "--xds-label", "app=x"],
        ["--xds-address", "a:1", "--plaintext", "--cert-dir", "d"],
        ["--xds-address", "https://a:1"],
        ["--xds-address", "a:99999", "--plaintext"],
        ["--xds-address", "a", "--xds-port", "x", "--plaintext"],
        ["--file", SYNCZ, "-o", "short"],
        ["--file", SYNCZ, "-o", "json", "--sort-by", "name"],
        ["--istiod-file", SYNCZ],
        ["--xds-address", "http://a:1", "--timeout", "3"],
    ],
)
def test_wrong_usage(flags: list[str], capsys: Output) -> None:
    assert run(["ps", *flags]) == 64
    assert capsys.readouterr().err.count("\n") == 1


def test_five_thousand_proxies(tmp_path: Path, capsys: Output) -> None:
    many = [proxy(f"web-{n}.shop-{n % 50}", **FOUR) for n in range(5000)]
    file = saved(tmp_path, many)
    for flags in ([], ["-v", "1"], ["-o", "wide"], ["-o", "json"]):
        started = time.process_time()
        assert run(["ps", "--file", file, *flags]) == 0
        assert len(capsys.readouterr().out) > 300_000
        assert time.process_time() - started < 10  # about a second is usual


def test_a_config_dump_is_named_when_the_pod_was_forgotten(capsys: Output) -> None:
    assert run(["ps", "--file", str(PRODUCTPAGE / "config_dump.json.gz")]) == 65
    assert "name its pod too" in capsys.readouterr().err
