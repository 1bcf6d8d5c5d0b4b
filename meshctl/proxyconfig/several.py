"""Views of several proxies as one: a column for the pod, and an object by pod."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from meshctl.proxyconfig.view import Shown, Table

POD = "POD"


def settled(found: Shown, output: str) -> Shown:
    """What `output` shows of a proxy, made now: nothing of its dump is kept, as there may be many of them."""
    if output in ("json", "yaml"):
        data = _whole(found.document())
        return Shown(lambda _: Table((), [], 0), lambda: data, list)
    if output == "name":
        names = found.names()
        return Shown(lambda _: Table((), [], 0), dict, lambda: names)
    table = found.table(output == "wide")
    return Shown(lambda _: table, dict, list)


def combined(found: Mapping[str, Shown]) -> Shown:
    """What can be printed about several proxies, by the names of their pods."""
    return Shown(
        table=lambda wide: combined_table({name: one.table(wide) for name, one in found.items()}),
        document=lambda: {name: _whole(one.document()) for name, one in found.items()},
        names=lambda: [f"{name} {resource}" for name, one in found.items() for resource in one.names()],
    )


def combined_table(tables: Mapping[str, Table]) -> Table:
    """One table with the pod in front; a column that only some of the tables have is empty for the others."""
    longest_first = sorted(tables.values(), key=lambda table: -len(table.columns))
    columns = list(dict.fromkeys(column for table in longest_first for column in table.columns))
    rows: list[tuple[str, ...]] = []
    alarming = set()
    for name, table in tables.items():
        alarming |= {len(rows) + index for index in table.alarming}
        for row in table.rows:
            cells = dict(zip(table.columns, row, strict=True))
            rows.append((name, *(cells.get(column, "") for column in columns)))
    gap = max((table.gap for table in tables.values()), default=1)
    return Table((POD, *columns), rows, gap, frozenset(alarming))


def _whole(data: Any) -> Any:
    return list(data) if isinstance(data, Iterator) else data
