"""The values of our charts against those of a real release (`values.json`, transcribed from the facts)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from meshctl.charts.chart import chart
from meshctl.charts.chart_values import CHART_VALUES
from meshctl.charts.set_flags import parse_path

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
