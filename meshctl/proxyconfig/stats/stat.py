"""One number, text or distribution that a proxy keeps, and what it is about."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What may become of a statistic: a counter only grows, until the proxy starts anew."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"
    TEXT = "text"


@dataclass(frozen=True, slots=True, order=True)
class Owner:
    """What a statistic is about: a service where there is one, else a part of the proxy."""

    service: str
    port: int = 0
    subset: str = ""
    direction: str = ""  # inbound, outbound, or empty


@dataclass(frozen=True, slots=True)
class Histogram:
    """How values are distributed, since the start of the proxy: by quantiles, by buckets, or both.

    Envoy's text and JSON give quantiles and neither sum nor count; its Prometheus page gives buckets with both.
    """

    quantiles: Mapping[float, float] = field(default_factory=dict)  # 0.99 -> value
    buckets: tuple[tuple[float, int], ...] = ()  # upper bound and the number of values up to it, the last is infinite
    count: int | None = None
    sum: float | None = None

    @property
    def empty(self) -> bool:
        """Whether no value was ever recorded."""
        return not self.count if self.count is not None else not self.quantiles

    def quantile(self, share: float) -> float | None:
        """The value that this share of all values stays below; None when nothing was recorded.

        Between quantiles that Envoy gives, and inside a bucket, values are taken as evenly spread.
        """
        if self.quantiles:
            return _between(sorted(self.quantiles.items()), share)
        if not self.buckets or not self.buckets[-1][1]:
            return None
        rank = share * self.buckets[-1][1]
        lower, below = 0.0, 0
        for upper, count in self.buckets:
            if count >= rank and count > below:
                # Nothing is known of what lies beyond the last bound but that it does.
                return lower if upper == float("inf") else lower + (upper - lower) * (rank - below) / (count - below)
            lower, below = (upper, count) if upper != float("inf") else (lower, count)
        return lower


@dataclass(frozen=True, slots=True)
class Stat:
    """A statistic."""

    owner: Owner
    name: str  # without the owner: `cluster.upstream_rq_total`, `istio_requests_total`
    kind: Kind
    value: int | float | str | None = None  # None for a histogram
    histogram: Histogram | None = None
    labels: tuple[tuple[str, str], ...] = ()

    @property
    def used(self) -> bool:
        """Whether anything was counted or set."""
        return not self.histogram.empty if self.histogram else self.value not in (0, 0.0, "", None)

    @property
    def key(self) -> tuple[Owner, str, tuple[tuple[str, str], ...]]:
        """What tells the statistic from all others, at every time."""
        return self.owner, self.name, self.labels


def _between(points: list[tuple[float, float]], share: float) -> float:
    shares = [point[0] for point in points]
    index = bisect_left(shares, share)
    if index < len(points) and shares[index] == share:
        return points[index][1]
    if index in (0, len(points)):
        return points[min(index, len(points) - 1)][1]
    (low, start), (high, end) = points[index - 1], points[index]
    return start + (end - start) * (share - low) / (high - low)
