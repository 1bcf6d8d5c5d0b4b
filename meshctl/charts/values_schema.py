"""The values of a chart against the JSON Schema that it carries (`values.schema.json`), as Helm checks them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from meshctl.charts.chart import Chart
from meshctl.charts.errors import InstallationError

_SHOWN = 5
"""How many problems are told at most: a schema with alternatives has many for one mistake."""


def check_values(chart: Chart, values: Mapping[str, Any]) -> None:
    """Raises `InstallationError` when the values of a chart, or of one within it, do not fit its schema."""
    for inner in chart.charts:
        check_values(inner, values[inner.name])
    if chart.schema is None:
        return
    import jsonschema_rs

    try:
        validator = jsonschema_rs.validator_for(json.dumps(chart.schema))
    except (ValueError, jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError) as error:
        first = str(error).splitlines()[0]
        raise InstallationError(f"values.schema.json of the chart {chart.name} is no schema: {first}") from error
    problems = [f"{_place(error.instance_path)}: {error.message}" for error in validator.iter_errors(dict(values))]
    if problems:
        more = [f"and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
        raise InstallationError(
            f"the values do not fit the schema of the chart {chart.name}: {'; '.join([*problems[:_SHOWN], *more])}",
            hint="the schema is values.schema.json in the chart's folder",
        )


def _place(path: list[str | int]) -> str:
    return ".".join(str(step) for step in path) or "values"
