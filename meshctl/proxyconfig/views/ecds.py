"""`proxy-config ecds`: the filters that the control plane serves by themselves."""

from __future__ import annotations

from meshctl.proxyconfig.dump import ConfigDump, Entry
from meshctl.proxyconfig.envoy import Extension
from meshctl.proxyconfig.view import Filters, View

Item = Entry[Extension]

COLUMNS = ("ECDS NAME", "TYPE")


def select(dump: ConfigDump, _filters: Filters) -> list[Item]:
    """All of them, by type and name."""
    return sorted(dump.extensions, key=lambda item: (item.resource.type_url, item.resource.name))


def rows(item: Item, _filters: Filters) -> list[tuple[str, ...]]:
    """The row of a filter."""
    return [(item.resource.name, item.resource.type)]


VIEW: View[Item] = View(
    name="ecds",
    columns=lambda _: COLUMNS,
    select=select,
    rows=rows,
    resource_name=lambda item: item.resource.name,
    raw=lambda item: item.raw,
)
