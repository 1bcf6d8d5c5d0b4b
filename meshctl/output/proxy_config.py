"""Prints what a proxy is configured with: tables, names, JSON and YAML."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from meshctl.documents.writer import write_yaml
from meshctl.errors import UsageError
from meshctl.output.table import table_lines
from meshctl.output.terminal import Paint
from meshctl.proxyconfig.view import Shown, Table

_NUMBER = re.compile(r"(\d+)")


def show(found: Shown, output: str, sort_by: str = "") -> None:
    """Prints resources as text, names or data. Raises `UsageError` for a column that the table does not have."""
    if output in ("json", "yaml"):
        if sort_by:
            raise UsageError(f"--sort-by sorts tables, not {output}", hint="leave one of the two out")
        show_document(found.document(), output)
    elif output == "name":
        print("".join(f"{name}\n" for name in found.names()), end="")
    else:
        table = found.table(output == "wide")
        show_table(sorted_table(table, sort_by) if sort_by else table)


def show_document(data: Any, output: str) -> None:
    """Prints data as JSON, or as YAML with its keys sorted; items of an iterator one after another, as they come."""
    text = _json if output == "json" else _yaml
    if not isinstance(data, Iterator):
        print(text(data), end="")
        return
    empty = True
    for item in data:
        shown = text([item])
        if output == "json":
            shown = shown.removeprefix("[\n").removesuffix("\n]\n")
            sys.stdout.write("[\n" if empty else ",\n")
        sys.stdout.write(shown)
        empty = False
    print("[]" if empty else "\n]" if output == "json" else "", end="\n" if empty or output == "json" else "")


def _json(data: Any) -> str:
    import msgspec

    return msgspec.json.format(msgspec.json.encode(data), indent=4).decode() + "\n"


def _yaml(data: Any) -> str:
    return write_yaml(_sorted_keys(data))


def show_table(table: Table) -> None:
    """Prints a table; rows that ask for attention are red on a terminal."""
    paint = Paint(sys.stdout)
    lines = list(table_lines(table.columns, table.rows, table.gap))
    if paint.on and table.alarming:
        titles = len(lines) - len(table.rows)
        lines = [paint(line, "red") if index - titles in table.alarming else line for index, line in enumerate(lines)]
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def sorted_table(table: Table, spec: str) -> Table:
    """The table by the columns of a list as `type,-port`; `-` turns the order round, and numbers count as numbers."""
    order = list(range(len(table.rows)))
    for word in reversed([word.strip() for word in spec.split(",") if word.strip()]):
        column = _column(table, word.removeprefix("-"))
        order.sort(key=lambda index, at=column: _natural(table.rows[index][at]), reverse=word.startswith("-"))  # type: ignore[misc]
    return replace(
        table,
        rows=[table.rows[index] for index in order],
        alarming=frozenset(place for place, index in enumerate(order) if index in table.alarming),
    )


def _column(table: Table, word: str) -> int:
    wanted = word.replace("-", " ").replace("_", " ").upper()
    titles = list(table.columns)
    if wanted in titles:
        return titles.index(wanted)
    beginning = [index for index, title in enumerate(titles) if title.startswith(wanted)]
    if len(beginning) == 1:
        return beginning[0]
    known = ", ".join(title.lower().replace(" ", "-") for title in titles)
    raise UsageError(f"there is no column {word!r}", hint=f"--sort-by takes {known}")


def _natural(text: str) -> list[tuple[int, int, str]]:
    parts = [part for part in _NUMBER.split(text) if part]
    return [(0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part) for part in parts]


def _sorted_keys(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _sorted_keys(data[key]) for key in sorted(data)}
    return [_sorted_keys(item) for item in data] if isinstance(data, list) else data
