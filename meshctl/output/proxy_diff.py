"""Prints what differs between two proxies."""

from __future__ import annotations

import sys
from typing import Any

from meshctl.documents.writer import write_json
from meshctl.output.proxy_config import show_document
from meshctl.output.terminal import Paint
from meshctl.proxyconfig.comparison import Change, Comparison, Difference

_SIGNS = {Change.ADDED: ("+", "green"), Change.REMOVED: ("-", "red"), Change.CHANGED: ("~", "yellow")}


def show_comparison(found: Comparison, names: tuple[str, str], output: str) -> None:
    """Prints differences as `output` says."""
    if output in ("json", "yaml"):
        show_document([difference_data(difference) for difference in found.differences], output)
        return
    if not found.differences:
        if output == "short":
            print(f"{names[0]} and {names[1]} are configured the same")
        return
    paint = Paint(sys.stdout)
    if output == "short":
        print(f"--- {names[0]}\n+++ {names[1]}")
    for difference in found.differences:
        name = f"{difference.kind}/{difference.name}" if difference.name else difference.kind
        if output == "name":
            print(name)
            continue
        sign, colour = _SIGNS[difference.change]
        print(paint(f"{sign} {name}", colour))
        for value in difference.values:
            print(f"    {value.path}: {_text(value.first)} -> {_text(value.second)}")


def _text(value: Any) -> str:
    return "nothing" if value is None else write_json(value)


def difference_data(difference: Difference) -> dict[str, Any]:
    """A difference as data."""
    return {
        "kind": difference.kind,
        "name": difference.name,
        "change": str(difference.change),
        "values": [{"path": value.path, "first": value.first, "second": value.second} for value in difference.values],
    }
