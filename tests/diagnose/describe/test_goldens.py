"""Descriptions of a recorded proxy and of the objects behind it, as text."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import pytest

from meshctl.cli.app import run
from tests.conftest import Golden
from tests.proxyconfig.recordings import ORDERS, PRODUCTPAGE

HERE = Path(__file__).parent
FILES = (str(HERE / "orders"), str(HERE.parent / "authz" / "orders"))
DUMP = str(ORDERS / "config_dump.json.gz")
POD = "orders-v1-7b68fd77d7-nsv5q"

CASES = {
    "pod_with_dump": ["pod", POD, "--dump", DUMP],
    "template_without_dump": ["pod", "orders-v1"],
    "pod_of_another_subset": ["pod", "orders-v3"],
    "service_of_tcp": ["service", "cache"],
    "service_of_tls": ["service", "vault"],
    "service_without_pods": ["service", "nobody"],
    "service_outside_of_the_mesh": ["service", "legacy"],
    "pod_outside_of_the_mesh": ["pod", "legacy"],
    "pod_outside_of_the_mesh_without_warnings": ["pod", "legacy", "--ignoreUnmeshed"],
    "template_with_dump_as_json": ["pod", "orders-v1", "--dump", DUMP, "-o", "json"],
    "service_as_yaml": ["service", "payments", "-o", "yaml"],
}


@pytest.mark.parametrize("name", CASES)
def test_description(name: str, golden: Golden, capsys: pytest.CaptureFixture[str]) -> None:
    files = [argument for file in FILES for argument in ("-f", file)]
    assert run(["experimental", "describe", *CASES[name], *files, "-n", "held"]) == 0
    golden(HERE / "goldens" / f"{name}.txt", capsys.readouterr().out)


def test_objects_tell_what_the_recorded_proxy_was_sent(capsys: pytest.CaptureFixture[str]) -> None:
    """The control plane made the proxy's configuration of these very objects."""
    files = [argument for file in FILES for argument in ("-f", file)]
    texts = []
    for dump in (["--dump", DUMP], []):
        assert run(["experimental", "describe", "pod", "orders-v1", "-n", "held", *files, *dump]) == 0
        texts.append(capsys.readouterr())
    assert texts[0].out == texts[1].out
    assert texts[0].err == ""
    assert "no config dump" in texts[1].err


def test_names_outside_of_the_working_namespace_have_theirs(capsys: pytest.CaptureFixture[str]) -> None:
    files = [argument for file in FILES for argument in ("-f", file)]
    assert run(["x", "des", "svc", "vault.held", *files]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Service: vault.held\n")
    assert "VirtualService: vault-sni.held\n" in out


def test_dump_of_another_pod_says_nothing_of_the_policies(capsys: pytest.CaptureFixture[str]) -> None:
    files = [argument for file in FILES for argument in ("-f", file)]
    assert run(["x", "des", "svc", "vault.held", *files, "--dump", DUMP]) == 0
    printed = capsys.readouterr()
    assert "RBAC policies: ns[held]-policy[whole-namespace]-rule[0]\n" in printed.out
    assert f"the config dump is that of pod {POD}.held" in printed.err


def test_dump_alone_tells_the_pod(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["x", "des", "po", f"{POD}.held", "--dump", DUMP]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"Pod: {POD}.held\n   Pod Revision: default\n   Pod Ports: 8080 (orders), 9090 (orders)")
    assert "WARNING: no Service selects this pod" in out


def test_dump_in_an_archive_of_several_proxies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, source in ((POD, ORDERS), ("other-1", PRODUCTPAGE)):
        folder = tmp_path / "bug-report" / "proxies" / "held" / name
        folder.mkdir(parents=True)
        (folder / "config_dump").write_bytes(gzip.decompress((source / "config_dump.json.gz").read_bytes()))
    archive = shutil.make_archive(str(tmp_path / "bug-report"), "gztar", tmp_path, "bug-report")
    assert run(["x", "des", "po", f"{POD}.held", "--dump", archive]) == 0
    assert capsys.readouterr().out.startswith(f"Pod: {POD}.held\n   Pod Revision: default\n")
    assert run(["x", "des", "po", "gone.held", "--dump", archive]) != 0
    assert "2 proxies" in capsys.readouterr().err
