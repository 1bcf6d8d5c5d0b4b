"""`proxy-config listener --waypoint`: how the internal listeners of a waypoint choose their filter chains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from meshctl.proxyconfig.dump import ConfigDump, State
from meshctl.proxyconfig.envoy import decoded, plain_data
from meshctl.proxyconfig.listeners import Listener
from meshctl.proxyconfig.view import Shown, Table
from meshctl.proxyconfig.views.listener import destination

COLUMNS = ("LISTENER", "CHAIN", "MATCH", "DESTINATION")

_INTERNAL = "internal"
_IP_MATCHER = "type.googleapis.com/xds.type.matcher.v3.IPMatcher"
_WHOLE = {"32", "128"}


def shown(dump: ConfigDump) -> Shown:
    """What can be printed: the table."""
    return Shown(lambda _: table(dump), list, list)


def table(dump: ConfigDump) -> Table:
    """A row for each filter chain, and each way through the matcher that leads to it."""
    found = [
        entry.resource
        for entry in dump.listeners
        if entry.state in (State.ACTIVE, State.STATIC)
        and (entry.resource.address.envoy_internal_address is not None or entry.resource.internal_listener)
    ]
    rows = [row for listener in sorted(found, key=lambda listener: listener.name) for row in _rows(listener)]
    return Table(COLUMNS, rows, 1)


def _rows(listener: Listener) -> Iterator[tuple[str, ...]]:
    chains = listener.chains
    name = _INTERNAL if [chain.name for chain in chains] == [_INTERNAL] else f"envoy://{listener.name}"
    matcher = decoded(listener.filter_chain_matcher)
    with plain_data(f"Listener {listener.name}, filter_chain_matcher"):
        ways = list(_ways(matcher, ())) if isinstance(matcher, dict) else []
    for chain in chains:
        texts = [text for text, chosen in ways if chosen == chain.name]
        for text in texts or ["NONE" if ways else "ALL"]:
            yield name, chain.name, text, destination(chain)


def _ways(matcher: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every way through a tree of matchers, as text, with the name of the filter chain at its end."""
    tree = matcher.get("matcher_tree", {})
    name = tree.get("input", {}).get("name", "")
    for sign, field in (("=", "exact_match_map"), ("^", "prefix_match_map")):
        for key, match in sorted(tree.get(field, {}).get("map", {}).items()):
            yield from _way(match, (*path, f"{name}{sign}{key}"))
    custom = tree.get("custom_match", {}).get("typed_config", {})
    if custom.get("@type") == _IP_MATCHER:
        for item in custom.get("range_matchers", []):
            for place in item.get("ranges", []):
                yield from _way(item.get("on_match", {}), (*path, f"ip={_range(place)}"))
    elif custom:
        # A matcher that is not known: what lies behind it cannot be told, but that there is one can.
        yield " -> ".join((*path, custom.get("@type", "").rpartition(".")[2] or name)), ""
    for item in matcher.get("matcher_list", {}).get("matchers", []):
        yield from _way(item.get("on_match", {}), (*path, "predicate"))
    if "on_no_match" in matcher:
        last = matcher["on_no_match"]
        yield from _way(last, path if not path and "action" in last else (*path, "ANY"))


def _way(match: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if "matcher" in match:
        yield from _ways(match["matcher"], path)
    elif "action" in match:
        action = match["action"]
        value = action.get("typed_config", {}).get("value")
        yield " -> ".join(path) or "UNMATCHED", value if isinstance(value, str) else action.get("name", "")


def _range(place: Mapping[str, Any]) -> str:
    length = str(place.get("prefix_len", 0))
    address = place.get("address_prefix", "")
    return address if length in _WHOLE else f"{address}/{length}"
