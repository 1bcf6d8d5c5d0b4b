"""What a view is: columns and rows over the resources of a dump, and which of the resources are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from meshctl.proxyconfig.documents import document

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for; empty texts and zeros ask for everything. Each view says which of them it knows."""

    fqdn: str = ""
    port: int = 0
    subset: str = ""
    direction: str = ""
    address: str = ""
    type: str = ""
    name: str = ""
    cluster: str = ""
    status: str = ""
    host: str = ""
    match: str = ""
    destination: str = ""
    verbose: bool = True
    bare_address: bool = False
    """Whether `address` may also be one without its port, where else it has one."""
    every_state: bool = False
    """Whether resources are asked for that requests do not reach: warming, draining and refused ones."""


@dataclass(frozen=True, slots=True)
class Table:
    """Titles and rows of cells, and how many spaces stand between columns at least."""

    columns: Sequence[str]
    rows: list[tuple[str, ...]]
    gap: int
    alarming: frozenset[int] = frozenset()
    """The rows that ask for attention, by their number."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a command can print about some resources; nothing is made before it is asked for."""

    table: Callable[[bool], Table]
    """The table, with or without the columns of `-o wide`."""

    document: Callable[[], Any]
    """The data for JSON and YAML; an iterator of resources where there may be very many."""

    names: Callable[[], list[str]]
    """The names, each as `<kind>/<name>`."""


@dataclass(frozen=True, slots=True)
class View(Generic[Item]):
    """One table of a config dump."""

    name: str
    """The kind of its resources, as in `cluster/<name>`."""

    columns: Callable[[Filters], tuple[str, ...]]
    select: Callable[[Any, Filters], list[Item]]
    """The resources that are asked for, out of a dump, in the order of JSON output."""

    rows: Callable[[Item, Filters], Iterable[tuple[str, ...]]]
    resource_name: Callable[[Item], str]
    raw: Callable[[Item], msgspec.Raw]
    """The resource for JSON output."""

    gap: int = 5
    ordered: Callable[[list[Item]], list[Item]] = list
    """The order of the table, where it is another one than that of JSON."""

    wide_columns: tuple[str, ...] = ()
    """Columns that `-o wide` adds to the right."""

    wide_rows: Callable[[Item, Filters], Iterable[tuple[str, ...]]] | None = None
    """The rows of `-o wide`, with the cells of all columns."""

    name_column: str = ""
    """The title of the column for the name that `all` puts in front; without one, `<kind>/` goes before the first."""

    rows_in_all: Callable[[Item, Filters], Iterable[tuple[str, ...]]] | None = None
    """The rows in `all`, behind the name, where they are other ones there."""

    def shown(self, items: list[Item], filters: Filters) -> Shown:
        """What can be printed about the resources chosen."""
        return Shown(
            table=lambda wide: self.table(items, filters, wide=wide),
            document=lambda: (document(self.raw(item)) for item in items),
            names=lambda: [f"{self.name}/{self.resource_name(item)}" for item in self.ordered(items)],
        )

    def table(self, items: list[Item], filters: Filters, *, wide: bool = False) -> Table:
        """The table of the resources chosen."""
        make = self.wide_rows if wide and self.wide_rows else self.rows
        columns = self.columns(filters) + (self.wide_columns if wide and self.wide_rows else ())
        rows = [row for item in self.ordered(items) for row in make(item, filters)]
        return Table(columns, rows, self.gap)

    def prefixed_table(self, items: list[Item], filters: Filters) -> Table:
        """The table as a part of `all`, where each row begins with `<kind>/<name>`."""
        prefix = f"{self.name}/"
        make = self.rows_in_all or self.rows
        found = [(item, row) for item in self.ordered(items) for row in make(item, filters)]
        columns = self.columns(filters)
        if self.name_column:
            rows = [(prefix + self.resource_name(item), *row) for item, row in found]
            return Table((self.name_column, *columns), rows, self.gap)
        return Table(columns, [(prefix + row[0], *row[1:]) for _, row in found], self.gap)
