"""Statistics of a proxy as a table, JSON, YAML and as Prometheus reads them."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from meshctl.output.table import table_lines
from meshctl.proxyconfig.several import combined_table
from meshctl.proxyconfig.stats import Stat, prometheus_page, table
from meshctl.proxyconfig.view import Table

_GAP = 2


def table_text(stats: Sequence[Stat], shares: Sequence[float], rates: Mapping[Hashable, float] | None = None) -> str:
    """A table with a row for each statistic."""
    heading, *rows = table.rows(stats, shares, rates)
    return "\n".join(line.rstrip() for line in table_lines(heading, rows, _GAP))


def several_text(found: Mapping[str, Sequence[Stat]], shares: Sequence[float], output: str) -> str:
    """The statistics of several proxies by the names of their pods: a table, or JSON or YAML with a list for each."""
    if output in ("json", "yaml"):
        data = {name: [_plain(stat, shares, None) for stat in stats] for name, stats in found.items()}
        if output == "json":
            return json.dumps(data, indent=2, ensure_ascii=False)
        from meshctl.documents import write_yaml

        return write_yaml(data).rstrip("\n")
    tables = {}
    for name, stats in found.items():
        heading, *rows = table.rows(stats, shares)
        tables[name] = Table(heading, [tuple(row) for row in rows], _GAP)
    whole = combined_table(tables)
    return "\n".join(line.rstrip() for line in table_lines(whole.columns, whole.rows, _GAP))


def json_text(stats: Sequence[Stat], shares: Sequence[float], rates: Mapping[Hashable, float] | None = None) -> str:
    """A list with an object for each statistic."""
    return json.dumps([_plain(stat, shares, rates) for stat in stats], indent=2, ensure_ascii=False)


def yaml_text(stats: Sequence[Stat], shares: Sequence[float], rates: Mapping[Hashable, float] | None = None) -> str:
    """The same as YAML."""
    from meshctl.documents import write_yaml

    return write_yaml([_plain(stat, shares, rates) for stat in stats]).rstrip("\n")


def prometheus_text(stats: Sequence[Stat]) -> str:
    """Lines that Prometheus reads."""
    return "".join(f"{line}\n" for line in prometheus_page.write(stats))


def _plain(stat: Stat, shares: Sequence[float], rates: Mapping[Hashable, float] | None) -> dict[str, Any]:
    owner = stat.owner
    found: dict[str, Any] = {
        "service": owner.service,
        "port": owner.port or None,
        "subset": owner.subset,
        "direction": owner.direction,
        "name": stat.name,
        "type": str(stat.kind),
    }
    if stat.histogram is None:
        found["value"] = stat.value
    else:
        found["quantiles"] = {f"{share:g}": stat.histogram.quantile(share) for share in shares}
        found |= {"count": stat.histogram.count, "sum": stat.histogram.sum}
    if stat.labels:
        found["labels"] = dict(stat.labels)
    if rates is not None:
        found["rate"] = rates.get(stat.key)
    return found
