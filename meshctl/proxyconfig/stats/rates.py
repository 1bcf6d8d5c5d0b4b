"""How fast counters grow between two looks."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping

from meshctl.proxyconfig.stats.stat import Kind, Stat


def rates(before: Iterable[Stat], now: Iterable[Stat], seconds: float) -> Mapping[Hashable, float]:
    """By the key of a statistic, how much it grew in a second; the number of values for a histogram.

    A counter that fell was set back by a restart of the proxy, and has grown from 0. What was not there before has
    no rate.
    """
    past = {stat.key: _count(stat) for stat in before}
    found: dict[Hashable, float] = {}
    for stat in now:
        count = _count(stat)
        earlier = past.get(stat.key)
        if count is not None and earlier is not None:
            found[stat.key] = (count - earlier if count >= earlier else count) / seconds
    return found


def _count(stat: Stat) -> float | None:
    if stat.kind is Kind.HISTOGRAM:
        return stat.histogram.count if stat.histogram else None
    return stat.value if stat.kind is Kind.COUNTER and isinstance(stat.value, int | float) else None
