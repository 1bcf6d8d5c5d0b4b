"""What the forms of the statistics page that have no labels share: names that tell everything."""

from __future__ import annotations

from meshctl.proxyconfig.stats import istio_metrics
from meshctl.proxyconfig.stats.gauges import is_gauge
from meshctl.proxyconfig.stats.owners import owner_and_name
from meshctl.proxyconfig.stats.stat import Histogram, Kind, Stat


def named(
    full: str, kind: Kind | None, value: int | float | str | None = None, histogram: Histogram | None = None
) -> Stat:
    """The statistic of that full name; without a kind, the name tells whether it is a counter or a gauge."""
    kind = kind or (Kind.GAUGE if is_gauge(full) else Kind.COUNTER)
    istio = istio_metrics.parse(full)
    if istio is not None:
        metric, labels = istio
        return Stat(istio_metrics.owner_of(labels), metric, kind, value, histogram, tuple(labels.items()))
    owner, name = owner_and_name(full)
    return Stat(owner, name, kind, value, histogram)
