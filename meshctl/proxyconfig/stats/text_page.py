"""Envoy's `/stats` as text: one statistic in a line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from meshctl.proxyconfig.stats.pages import named
from meshctl.proxyconfig.stats.stat import Histogram, Kind, Stat

LINE = re.compile(r"(?P<name>\S.*?): (?P<value>-?\d+|\".*\"|P\d.*|No recorded values)")
"""A line of the page; names of Istio's may have colons and blanks in them, so that the value is what follows last."""

_QUANTILE = re.compile(r"P([\d.]+)\(([^,]+),([^)]+)\)")


def stats(text: str) -> Iterator[Stat]:
    """The statistics of the page; lines of any other form are passed over."""
    for line in text.splitlines():
        found = LINE.fullmatch(line.strip())
        if found is None:
            continue
        value = found["value"]
        if value.startswith('"'):
            yield named(found["name"], Kind.TEXT, value[1:-1])
        elif value[0] in "PN":
            yield named(found["name"], Kind.HISTOGRAM, histogram=Histogram(dict(_quantiles(value))))
        else:
            yield named(found["name"], None, int(value))


def _quantiles(text: str) -> Iterator[tuple[float, float]]:
    for percent, _, cumulative in _QUANTILE.findall(text):
        if cumulative != "nan":
            yield round(float(percent) / 100, 6), float(cumulative)
