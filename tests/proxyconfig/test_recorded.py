"""Every recorded command of istioctl prints the same here."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from meshctl.cli.app import run
from tests.proxyconfig.recordings import ORDERS, PRODUCTPAGE

RECORDED_AT = "2026-11-23T12:00:00Z"

CASES = [
    pytest.param(proxy, case, id=f"{proxy.name}: {' '.join(case['cmd'])}")
    for proxy in (ORDERS, PRODUCTPAGE)
    for case in json.loads((proxy / "cases.json").read_text())
]


def recorded(path: Path) -> str:
    packed = path.with_name(f"{path.name}.gz")
    return gzip.decompress(packed.read_bytes()).decode() if packed.exists() else path.read_text()


@pytest.mark.parametrize(("proxy", "case"), CASES)
def test_case(proxy: Path, case: dict[str, Any], capfd: pytest.CaptureFixture[str]) -> None:
    arguments = [str(proxy / f"{word}.gz") if word in ("clusters.json", "config_dump.json") else word
                 for word in case["cmd"]]  # fmt: skip
    if case["cmd"][0] in ("all", "secret", "s", "a"):
        arguments += ["--at", RECORDED_AT]
    group = [] if case["cmd"][0] in ("experimental", "x") else ["proxy-config"]
    assert run([*group, *arguments]) == 0
    printed = capfd.readouterr()
    wanted = recorded(proxy / case["expected"])
    assert printed.err == ""
    if case["kind"] == "table":
        assert printed.out == wanted
    elif case["kind"] == "json":
        assert json.loads(printed.out) == json.loads(wanted)
    else:
        assert yaml.safe_load(printed.out) == yaml.safe_load(wanted)
