"""What was measured of workloads, as a table in the form of istioctl and as data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from meshctl.diagnose.workload_metrics import QUANTILES, Metrics
from meshctl.gotemplate.functions.sprig.dates import duration_text

_COLUMNS = ("WORKLOAD", "TOTAL RPS", "ERROR RPS", "P50 LATENCY", "P90 LATENCY", "P99 LATENCY")
_FIRST, _OTHERS, _GAP = 40, 13, 2
_NONE, _FAILED = "-", "?"


def lines(found: Sequence[Metrics]) -> Iterator[str]:
    """A table, its cells to the right; `-` stands for a latency of no requests, `?` for a query that failed."""
    rows = [_COLUMNS, *map(_cells, found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    sizes = [max(_FIRST, widths[0]), *(max(_OTHERS, width + _GAP) for width in widths[1:])]
    for row in rows:
        yield "".join(cell.rjust(size) for cell, size in zip(row, sizes, strict=True))


def as_data(found: Sequence[Metrics]) -> list[dict[str, Any]]:
    """The values, null where there is none; latencies in milliseconds."""
    return [
        {
            "workload": one.workload.name,
            "namespace": one.workload.namespace,
            "totalRps": one.requests,
            "errorRps": one.errors,
            **{f"{title}LatencyMs": one.latencies[title] for title in QUANTILES},
            **({"problems": dict(one.problems)} if one.problems else {}),
        }
        for one in found
    ]


def _cells(one: Metrics) -> tuple[str, ...]:
    rates = [_FAILED if value is None else f"{value:.3f}" for value in (one.requests, one.errors)]
    latencies = [_FAILED if title in one.problems else _latency(one.latencies[title]) for title in QUANTILES]
    return (str(one.workload), *rates, *latencies)


def _latency(milliseconds: float | None) -> str:
    return _NONE if milliseconds is None else duration_text(int(milliseconds) * 1_000_000)
