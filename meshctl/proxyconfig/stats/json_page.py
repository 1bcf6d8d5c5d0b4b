"""Envoy's `/stats?format=json`: names with values, and all histograms together in one element."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import msgspec
from msgspec import Struct

from meshctl.proxyconfig.envoy import decode, decoded
from meshctl.proxyconfig.stats.errors import StatsError
from meshctl.proxyconfig.stats.pages import named
from meshctl.proxyconfig.stats.stat import Histogram, Kind, Stat


class _Element(Struct, frozen=True):
    name: str = ""
    value: int | float | str | None = None
    histograms: msgspec.Raw = msgspec.Raw()


class _Page(Struct, frozen=True):
    stats: list[_Element]


def stats(data: bytes) -> Iterator[Stat]:
    """The statistics of the page. Raises `DumpError`."""
    for element in decode(data, _Page).stats:
        if element.histograms:
            try:
                yield from _histograms(decoded(element.histograms))
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise StatsError("its histograms have a form that is not known") from error
        elif element.name:
            kind = Kind.TEXT if isinstance(element.value, str) else None
            yield named(element.name, kind, element.value)


def _histograms(found: Any) -> Iterator[Stat]:
    if isinstance(found, list):  # asked for with histogram_buckets=cumulative or disjoint
        for entry in found:
            yield named(entry["name"], Kind.HISTOGRAM, histogram=_buckets(entry["buckets"]))
        return
    if "details" in found:  # asked for with histogram_buckets=detailed
        for entry in found["details"]:
            percentiles = {p: pair.get("cumulative") for p, pair in
                           zip(found["supported_percentiles"], entry["percentiles"], strict=False)}  # fmt: skip
            yield named(entry["name"], Kind.HISTOGRAM, histogram=Histogram(_shares(percentiles)))
        return
    supported = found.get("supported_quantiles", [])
    for entry in found.get("computed_quantiles", []):
        cumulative = [pair.get("cumulative") for pair in entry["values"]]
        quantiles = _shares(dict(zip(supported, cumulative, strict=False)))
        yield named(entry["name"], Kind.HISTOGRAM, histogram=Histogram(quantiles))


def _shares(percentiles: dict[float, float | None]) -> dict[float, float]:
    # JSON writes whole numbers without a point.
    return {round(percent / 100, 6): float(value) for percent, value in percentiles.items() if value is not None}


def _buckets(found: list[dict[str, Any]]) -> Histogram:
    counts = [int(bucket["cumulative"]) for bucket in found]
    if any(later < earlier for earlier, later in pairwise(counts)):  # disjoint ones
        counts = [sum(counts[: index + 1]) for index in range(len(counts))]
    bounds = [float(bucket["upper_bound"]) for bucket in found]
    buckets = (*zip(bounds, counts, strict=True), (float("inf"), counts[-1] if counts else 0))
    return Histogram(buckets=buckets, count=buckets[-1][1])
