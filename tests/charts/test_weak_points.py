"""What istioctl's installer does badly when it renders, and meshctl does well: a case for each row of install.md 6."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from meshctl.cli.app import run
from tests.charts.test_conditions import field, within

CASES = yaml.safe_load((Path(__file__).parent / "weak-points.yaml").read_text())

ROWS = {3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 32, 36, 37, 42}
"""The rows that are about rendering; row 2, profiles that can be looked at, has tests of its own commands."""


def test_every_row_has_a_case() -> None:
    assert {case["row"] for case in CASES} - {0} == ROWS


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['row']}: {case['name']}")
def test_a_weak_point(case: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = case.get("texts", [json.dumps({"kind": "IstioOperator", "spec": spec}) for spec in case.get("files", ())])
    arguments = ["manifest", "generate"]
    for index, text in enumerate(texts):
        (tmp_path / f"operator{index}.yaml").write_text(text)
        arguments += ["-f", str(tmp_path / f"operator{index}.yaml")]
    arguments += [part for flag in case.get("sets", ()) for part in ("--set", flag)]
    assert run([*arguments, *(["--force"] if case.get("force") else [])]) == case.get("code", 0)
    out, err = capsys.readouterr()
    for part in case.get("says", ()):
        assert part in err
    if "says" not in case:
        assert not err
    if case.get("code"):
        assert not out
        return
    objects = {(item["kind"], item["metadata"]["name"]): item for item in yaml.safe_load_all(out) if item}
    names = {f"{kind} {name}" for kind, name in objects}
    assert set(case.get("there", ())) <= names
    assert not set(case.get("gone", ())) & names
    for place, value in case.get("is", {}).items():
        assert field(objects, place) == value, place
    for place, value in case.get("has", {}).items():
        assert within(value, field(objects, place)), place
    if "without" in case:
        assert case["without"] not in out
    if "injector" in case:
        (values,) = (
            item["data"]["values"]
            for (_, name), item in objects.items()
            if "sidecar-injector" in name and "data" in item
        )
        assert within(case["injector"], json.loads(values))
