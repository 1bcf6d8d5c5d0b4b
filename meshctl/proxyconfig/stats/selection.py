"""Which statistics are shown: by direction, name and kind, and what can be said of names that are not there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from meshctl.proxyconfig.stats import istio_metrics
from meshctl.proxyconfig.stats.stat import Kind, Stat

_KEPT = re.compile(
    r"cluster_manager|listener_manager|server|cluster_xds_grpc|wasm|reporter_|component|istio|vhost_.*_route_"
    r"|.*(?:rbac_allowed|rbac_denied|shadow_allowed|shadow_denied)$"
)
"""What the bootstrap of an Istio proxy keeps when nobody asks for more (`proxyStatsMatcher`)."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What was asked for; what is empty does not matter."""

    direction: str = ""
    names: Sequence[str] = ()
    kinds: frozenset[Kind] = frozenset()
    unused: bool = False
    """Also what was never counted or set; names asked for are shown in any case."""


def select(stats: Iterable[Stat], selection: Selection) -> list[Stat]:
    """The statistics that were asked for, by service and name."""
    found: list[Stat] = []
    for stat in stats:
        if selection.direction and stat.owner.direction != selection.direction:
            continue
        for part in _named(stat, selection.names) if selection.names else [stat]:
            if selection.kinds and part.kind not in selection.kinds:
                continue
            if selection.names or selection.unused or part.used:
                found.append(part)
    return sorted(found, key=lambda stat: stat.key)


def missing(stats: Sequence[Stat], names: Sequence[str]) -> list[str]:
    """The names asked for that no statistic has."""
    return [name for name in names if not any(True for stat in stats for _ in _named(stat, [name]))]


def why_missing(name: str) -> str:
    """Why a proxy may not have a statistic, and how it comes to have it."""
    plain = _plain(name)
    if plain.startswith(istio_metrics.PREFIX):
        return f"{name} is not there: it appears with the first request, unless a Telemetry resource turns it off"
    if _KEPT.match(plain):
        return f"{name} is not there: the proxy has counted nothing of that name yet"
    suffix = name.rpartition(".")[2].strip("*") or name
    return (
        f"{name} is not there: Istio's proxies keep few statistics of Envoy; annotate the pod with "
        f"sidecar.istio.io/statsInclusionSuffixes: {suffix} (or ...Prefixes, ...Regexps), or set proxyStatsMatcher in "
        "meshConfig.defaultConfig, and start it anew"
    )


def _named(stat: Stat, names: Sequence[str]) -> Iterator[Stat]:
    """The statistic, or its sum and count, where one of the names means it."""
    spellings = _spellings(stat)
    for wanted in map(_plain, names):
        if any(fnmatchcase(spelling, wanted) for spelling in spellings):
            yield stat
            return
        base, _, part = wanted.rpartition("_")
        if stat.histogram is not None and part in ("sum", "count") and base in spellings:
            value = stat.histogram.sum if part == "sum" else stat.histogram.count
            if value is not None:
                yield replace(stat, name=f"{stat.name}_{part}", kind=Kind.COUNTER, value=value, histogram=None)


def _spellings(stat: Stat) -> tuple[str, ...]:
    """The name with and without its scope, and as Prometheus has it."""
    plain = _plain(stat.name)
    return plain, _plain(stat.name.partition(".")[2] or stat.name), f"envoy_{plain}"


def _plain(name: str) -> str:
    return re.sub(r"[^\w*?\[\]]", "_", name.strip().lower())
