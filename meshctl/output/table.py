"""Tables of text, in columns that are as wide as their longest cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence


def table_lines(columns: Sequence[str], rows: Iterable[Sequence[str]], gap: int) -> Iterator[str]:
    """The lines of a table, its titles first when there are any; `gap` spaces at least stand between columns.

    As in istioctl, every cell but those of the last column is filled up, be the ones behind it empty or not.
    """
    lines = [columns, *rows] if columns else list(rows)
    widths = [max(map(len, cells)) + gap for cells in zip(*lines, strict=True)][:-1]
    for line in lines:
        yield "".join([*map(str.ljust, line, widths), line[-1]])
