"""The values of our charts against those of a real release (`values.json`, transcribed from the facts)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meshctl.charts.chart import CHARTS, chart
from meshctl.charts.chart_values import CHART_VALUES
from meshctl.charts.rendering import Release, render
from meshctl.charts.set_flags import parse_path
from meshctl.charts.trees import nested

FACTS: dict[str, Any] = json.loads((Path(__file__).parent / "values.json").read_text())


@pytest.mark.parametrize("name", FACTS["defaults"])
def test_the_defaults_of_a_chart(name: str) -> None:
    values = chart(name).values["_internal_defaults_do_not_set"]
    for path, default in FACTS["defaults"][name].items():
        found = values
        for step in parse_path(path):
            found = found[step]
        assert found == default, path


def test_values_that_the_charts_know_and_istioctl_refuses() -> None:
    """A value whose parent is in the table is in it too."""
    for path in FACTS["refused"]:
        steps = path.split(".")
        assert any(".".join(steps[:end]) in CHART_VALUES for end in range(1, len(steps) + 1)), path
    # The one that is not among the facts is a real chart's other way to write pilot.pdb.
    assert {
        path for path in CHART_VALUES if not any(f"{fact}.".startswith(f"{path}.") for fact in FACTS["refused"])
    } == {"pdb"}


def groups(values: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield (*path, name)
            yield from groups(value, (*path, name))


@pytest.mark.parametrize("name", [name for name in CHARTS if name != "gateway"])  # whose schema refuses null
def test_null_in_place_of_any_group_of_values(name: str) -> None:
    """A file whose group has lost its last entry holds null there: the chart renders what it renders anyway."""
    release = Release("istio", "istio-system")
    values = chart(name).values
    usual = render(chart(name), {}, release)
    for path in groups(values.get("_internal_defaults_do_not_set", values)):
        found = render(chart(name), nested(path, None), release)
        assert {file for file, text in found.items() if text.strip()} == {
            file for file, text in usual.items() if text.strip()
        }, path
