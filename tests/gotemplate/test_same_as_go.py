"""The same output and errors as Go's own templates.

`cases/*.yaml` are templates by topic, all rendered with `data.yaml`, in which a key such as `$int64` stands for a Go
type. `typed/*.yaml` are templates with data of their own, of types that Kubernetes and Istio declare in Go. What
functions say about their arguments is not compared: each says it in its own words.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.gotemplate.compared import ours, theirs
from tests.gotemplate.oracle import Case, render

HERE = Path(__file__).parent
DATA: Any = yaml.safe_load((HERE / "data.yaml").read_text())


def _cases(file: Path) -> list[Case]:
    texts = [text for texts in yaml.safe_load(file.read_text()).values() for text in texts]
    if file.stem == "missing-keys":
        return [Case(text, DATA, missingKey=option) for option in ("default", "zero", "error") for text in texts]
    functions = "none" if file.stem.startswith("builtin-") else "sprig"
    return [Case(text, DATA, functions=functions) for text in texts]


@pytest.mark.parametrize("file", sorted(HERE.glob("cases/*.yaml")), ids=lambda file: file.stem)
def test_template(file: Path) -> None:
    _compare(_cases(file))


@pytest.mark.parametrize("file", sorted(HERE.glob("typed/*.yaml")), ids=lambda file: file.stem)
def test_typed_data(file: Path) -> None:
    found = yaml.safe_load(file.read_text())
    _compare([Case(text, found["data"], found["type"]) for text in found["templates"]])


def _compare(cases: list[Case]) -> None:
    different = {
        f"{case.text!r} {case.missingKey}": {"ours": mine, "Go's": others}
        for case, result in zip(cases, render(cases), strict=True)
        if (mine := ours(case)) != (others := theirs(result))
    }
    assert not different
