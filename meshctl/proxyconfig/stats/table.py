"""Statistics as rows of a table."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from meshctl.proxyconfig.stats.endpoints_page import ENDPOINT
from meshctl.proxyconfig.stats.stat import Kind, Stat

NOTHING = "-"


def rows(
    stats: Sequence[Stat], quantiles: Sequence[float], rates: Mapping[Hashable, float] | None = None
) -> list[list[str]]:
    """A heading and a row for each statistic; columns that would say nothing are left out."""
    details = _details(stats)
    histograms = any(stat.kind is Kind.HISTOGRAM for stat in stats)
    heading = ["SERVICE", "PORT", "SUBSET", "DIRECTION", "STAT", "TYPE", "VALUE"]
    shares = list(quantiles) if histograms else []
    heading += [f"P{share * 100:g}" for share in shares]
    heading += ["RATE"] if rates is not None else []
    heading += ["DETAIL"] if any(details) else []
    table = [heading]
    for stat, detail in zip(stats, details, strict=True):
        owner = stat.owner
        row = [owner.service, str(owner.port or ""), owner.subset, owner.direction, stat.name, stat.kind, _value(stat)]
        row += [_quantile(stat, share) for share in shares]
        if rates is not None:
            rate = rates.get(stat.key)
            row.append(f"{rate:.2f}/s" if rate is not None else "")
        row += [detail] if any(details) else []
        table.append([cell or NOTHING for cell in row])
    return table


def _value(stat: Stat) -> str:
    if stat.histogram is not None:
        return "" if stat.histogram.count is None else str(stat.histogram.count)
    return _number(stat.value) if isinstance(stat.value, float) else str(stat.value)


def _quantile(stat: Stat, share: float) -> str:
    found = stat.histogram.quantile(share) if stat.histogram else None
    return "" if found is None else _number(found)


def _number(value: float) -> str:
    return f"{value:.0f}" if value.is_integer() or abs(value) >= 10_000 else f"{value:.4g}"


def _details(stats: Sequence[Stat]) -> list[str]:
    """For each statistic the labels that tell it from others of the same service and name."""
    groups: dict[tuple[object, str], list[Stat]] = {}
    for stat in stats:
        groups.setdefault((stat.owner, stat.name), []).append(stat)
    varying: dict[tuple[object, str], set[str]] = {}
    for key, group in groups.items():
        shared = set(group[0].labels).intersection(*(stat.labels for stat in group))
        varying[key] = {ENDPOINT} | {
            label for stat in group for label, value in stat.labels if (label, value) not in shared
        }
    return [
        " ".join(f"{label}={value}" for label, value in stat.labels if label in varying[stat.owner, stat.name])
        for stat in stats
    ]
