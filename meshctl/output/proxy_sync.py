"""Prints whether a proxy has what istiod would send it: a line for each section, with a diff of what differs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from meshctl.output.proxy_config import show_document
from meshctl.output.proxy_diff import difference_data
from meshctl.output.terminal import Paint
from meshctl.proxyconfig import sections
from meshctl.proxyconfig.comparison import Comparison
from meshctl.proxyconfig.dump import ConfigDump, Entry, State
from meshctl.proxyconfig.section_diff import unified_diff
from meshctl.proxyconfig.served import served


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of resource that is compared: its title, its section, and how to get at it."""

    title: str
    section: str
    entries: Callable[[ConfigDump], list[Entry[Any]]]


KINDS: Mapping[str, Kind] = {
    "cluster": Kind("Clusters", sections.CLUSTERS, lambda dump: list(dump.clusters)),
    "listener": Kind("Listeners", sections.LISTENERS, lambda dump: list(dump.listeners)),
    "route": Kind("Routes", sections.ROUTES, lambda dump: list(dump.routes)),
}

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def show_sync(istiod: ConfigDump, proxy: ConfigDump, found: Comparison, names: tuple[str, str], output: str) -> None:
    """Prints a comparison of two dumps; `names` are those of the proxy and of the istiod."""
    if output in ("json", "yaml"):
        show_document(_data(istiod, proxy, found, names), output)
        return
    paint = Paint(sys.stdout)
    for word, kind in KINDS.items():
        lacking = _lacking(istiod, proxy, kind)
        if lacking:
            print(f"{kind.title} cannot be compared: {lacking}")
            continue
        same = not any(difference.kind == word for difference in found.differences)
        loaded = _loaded(proxy) if word == "route" else None
        told = f" (RDS last loaded at {_rfc1123(loaded)})" if loaded else ""
        print(f"{kind.title} {'Match' if same else _no_match(paint)}{told}")
        if not same:
            titles = (f"Istiod {kind.title}", f"Envoy {kind.title}")
            for line in unified_diff(word, served(istiod, word), served(proxy, word), titles):
                print(paint(line, _COLOURS[line[0]]) if line[:1] in _COLOURS else line)


def _no_match(paint: Paint) -> str:
    return paint("Don't Match", "red")


def _lacking(istiod: ConfigDump, proxy: ConfigDump, kind: Kind) -> str:
    """Which of the two has no such section; empty when both have it."""
    section = kind.section.removeprefix(sections.ADMIN)
    without = [name for name, dump in (("istiod", istiod), ("Envoy", proxy)) if not dump.has(kind.section)]
    return f"the dump of {' and that of '.join(without)} has no {section}" if without else ""


def _data(istiod: ConfigDump, proxy: ConfigDump, found: Comparison, names: tuple[str, str]) -> dict[str, Any]:
    parts = []
    for word, kind in KINDS.items():
        differences = [difference_data(one) for one in found.differences if one.kind == word]
        lacking = _lacking(istiod, proxy, kind)
        part: dict[str, Any] = {"section": kind.title.lower(), "match": None if lacking else not differences}
        parts.append(part | ({"problem": lacking} if lacking else {"differences": differences}))
    loaded = _loaded(proxy) if proxy.has(sections.ROUTES) else None
    whole = {"proxy": names[0], "istiod": names[1], "match": all(part["match"] for part in parts), "sections": parts}
    return whole | ({"routesLastLoaded": loaded.isoformat()} if loaded else {})


def _loaded(proxy: ConfigDump) -> datetime | None:
    """When the proxy got the newest of its routes."""
    times = [
        datetime.fromisoformat(entry.stored.last_updated)
        for entry in proxy.routes
        if entry.state is State.ACTIVE and entry.stored.last_updated
    ]
    return max(times, default=None)


def _rfc1123(moment: datetime) -> str:
    return moment.astimezone().strftime("%a, %d %b %Y %H:%M:%S %Z")
