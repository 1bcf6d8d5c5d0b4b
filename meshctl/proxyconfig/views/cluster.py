"""`proxy-config cluster`: the clusters by service, port and subset."""

from __future__ import annotations

from meshctl.proxyconfig.clusters import Cluster, ClusterHead
from meshctl.proxyconfig.dump import ConfigDump, Entry, State
from meshctl.proxyconfig.errors import NothingFoundError
from meshctl.proxyconfig.names import ClusterName
from meshctl.proxyconfig.origins import origin
from meshctl.proxyconfig.view import Filters, View
from meshctl.proxyconfig.views.cluster_details import DETAILS, details

Item = tuple[Entry[Cluster], ClusterHead, ClusterName | None]

COLUMNS = ("SERVICE FQDN", "PORT", "SUBSET", "DIRECTION", "TYPE", "DESTINATION RULE")


def select(dump: ConfigDump, filters: Filters) -> list[Item]:
    """The clusters whose whole name contains all that is asked for, as istioctl filters; sorted."""
    found = [
        (entry, head)
        for entry, head in dump.cluster_heads()
        if filters.every_state or entry.state in (State.ACTIVE, State.STATIC)
    ]
    if not found:
        raise NothingFoundError("no clusters found")
    parts = [part for part in (filters.fqdn, filters.subset, filters.direction) if part]
    if filters.port:
        parts.append(f"|{filters.port}|")
    items = [
        (entry, head, ClusterName.parse(head.name)) for entry, head in found if all(part in head.name for part in parts)
    ]
    return sorted(items, key=_order)


def rows(item: Item, _filters: Filters) -> list[tuple[str, ...]]:
    """The row of a cluster."""
    return [_cells(item, item[1].name)]


def _cells(item: Item, whole: str) -> tuple[str, ...]:
    _, head, name = item
    made_of = origin(head.metadata.config)
    if name is None:
        return whole, "-", "-", "-", head.type, made_of
    return name.fqdn, str(name.port), name.subset or "-", name.direction, head.type, made_of


def wide_rows(item: Item, filters: Filters) -> list[tuple[str, ...]]:
    """The row of a cluster with how requests are sent."""
    return [(*row, str(item[0].state), *details(item[0].resource)) for row in rows(item, filters)]


def name_order(name: str) -> tuple[str, str, int, str]:
    """The place of a cluster among others: by host, subset, port and direction."""
    parsed = ClusterName.parse(name)
    return (name, "", 0, "") if parsed is None else (parsed.fqdn, parsed.subset, parsed.port, parsed.direction)


def _order(item: Item) -> tuple[str, str, int, str]:
    return name_order(item[1].name)


VIEW: View[Item] = View(
    name="cluster",
    columns=lambda _: COLUMNS,
    select=select,
    rows=rows,
    resource_name=lambda item: item[1].name,
    raw=lambda item: item[0].raw,
    wide_columns=DETAILS,
    wide_rows=wide_rows,
    name_column="NAME",
    rows_in_all=lambda item, _: [_cells(item, f"cluster/{item[1].name}")],
)
