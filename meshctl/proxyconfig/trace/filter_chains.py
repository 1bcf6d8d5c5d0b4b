"""Which filter chain of a listener a connection gets.

Envoy decides one criterion after the other, in a fixed order, and never goes back: of the chains that are left it
keeps those that name the most specific value that fits, and where none of them fits the next criterion, the default
chain is taken. A listener may have a tree of matches instead, whose leaves name chains.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_network
from typing import TypeAlias

from meshctl.proxyconfig.addresses import CidrRange
from meshctl.proxyconfig.envoy import decoded
from meshctl.proxyconfig.listeners import FilterChain, FilterChainMatch, Listener
from meshctl.proxyconfig.trace.connection import Detected, Ip
from meshctl.proxyconfig.trace.inputs import of_connection
from meshctl.proxyconfig.trace.matcher_tree import search

Rank: TypeAlias = "tuple[int, ...] | None"
"""How specific the value is by which a chain fits; the greater one counts, and None is no fit."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A chain that was not taken."""

    chain: FilterChain
    criterion: str
    reason: str


@dataclass(frozen=True, slots=True)
class ChainChoice:
    """The chain taken, None when the connection is closed; and why each of the others was not."""

    chain: FilterChain | None
    default: bool
    lost: Sequence[Lost] = ()
    way: Sequence[str] = ()
    """What led to it through the tree of matches of the listener, where it has one."""
    doubt: str = ""
    """What is not known, where the choice hangs on it."""


def choose(listener: Listener, detected: Detected) -> ChainChoice:
    """The filter chain for a connection."""
    if listener.filter_chain_matcher:
        return _by_tree(listener, detected)
    left = list(listener.filter_chains)
    lost: list[Lost] = []
    for criterion, rank, shown in _CRITERIA:
        ranked = [(chain, rank(chain.filter_chain_match, detected)) for chain in left]
        fitting = [found for _, found in ranked if found is not None]
        best = max(fitting) if fitting else None
        for chain, found in ranked:
            if found is None:
                lost.append(Lost(chain, criterion, f"wants {criterion} {shown(chain.filter_chain_match)}"))
            elif found != best:
                lost.append(Lost(chain, criterion, f"another chain fits the {criterion} better"))
        left = [chain for chain, found in ranked if found is not None and found == best]
    if left:
        return ChainChoice(left[0], False, lost)
    return ChainChoice(listener.default_filter_chain, listener.default_filter_chain is not None, lost)


def _by_tree(listener: Listener, detected: Detected) -> ChainChoice:
    """The chain whose name stands at the end of the way through the tree; the default one where no way ends."""
    found = search(decoded(listener.filter_chain_matcher), partial(of_connection, detected))
    if found.doubt:
        return ChainChoice(None, False, doubt=found.doubt)
    if found.action is None:
        return ChainChoice(listener.default_filter_chain, listener.default_filter_chain is not None)
    name = found.action.get("value")
    chain = next((one for one in listener.filter_chains if one.name == name), None)
    return ChainChoice(chain, False, way=found.way)


def _port(match: FilterChainMatch, detected: Detected) -> Rank:
    if match.destination_port is None:
        return (0,)
    return (1,) if match.destination_port == detected.connection.port else None


def _destination(match: FilterChainMatch, detected: Detected) -> Rank:
    return _within(match.prefix_ranges, detected.connection.destination_ip)


def _server_name(match: FilterChainMatch, detected: Detected) -> Rank:
    """An exact name counts most, then the wildcard that is longest; no name is asked for with the least rank."""
    name = detected.server_name
    ranks: list[tuple[int, ...]] = [] if match.server_names else [(0,)]
    for wanted in match.server_names:
        pattern = wanted.lower()
        if pattern == name and name:
            ranks.append((len(name) + 1,))
        elif pattern.startswith("*.") and name.endswith(pattern[1:]) and len(name) > len(pattern) - 1:
            ranks.append((len(pattern) - 1,))
    return max(ranks, default=None)


def _transport(match: FilterChainMatch, detected: Detected) -> Rank:
    if not match.transport_protocol:
        return (0,)
    return (1,) if match.transport_protocol == detected.transport else None


def _application(match: FilterChainMatch, detected: Detected) -> Rank:
    """The client's first protocol that any chain names decides, so that an earlier one ranks higher."""
    if not match.application_protocols:
        return (0,)
    offered = len(detected.protocols)
    ranks = [(offered - index,) for index, name in enumerate(detected.protocols) if name in match.application_protocols]
    return max(ranks, default=None)


def _direct_source(match: FilterChainMatch, detected: Detected) -> Rank:
    return _within(match.direct_source_prefix_ranges, detected.connection.source_ip)


def _source_type(match: FilterChainMatch, detected: Detected) -> Rank:
    if match.source_type == "ANY":
        return (0,)
    return (1,) if (match.source_type == "SAME_IP_OR_LOOPBACK") == detected.connection.local else None


def _source(match: FilterChainMatch, detected: Detected) -> Rank:
    return _within(match.source_prefix_ranges, detected.connection.source_ip)


def _source_port(match: FilterChainMatch, detected: Detected) -> Rank:
    if not match.source_ports:
        return (0,)
    return (1,) if detected.connection.source_port in match.source_ports else None


def _within(ranges: Sequence[CidrRange], ip: Ip | None) -> Rank:
    """The longest prefix that the address lies in; an address that is not known lies in those of all addresses."""
    if not ranges:
        return (0,)
    ranks: list[tuple[int, ...]] = []
    for span in ranges:
        try:
            network = ip_network(str(span), strict=False)
        except ValueError:
            continue  # Envoy writes none that is wrong
        if (ip is None and network.prefixlen == 0) or (ip is not None and ip in network):
            ranks.append((network.prefixlen,))
    return max(ranks, default=None)


def _joined(values: Sequence[object]) -> str:
    return ", ".join(map(str, values))


_CRITERIA: Sequence[tuple[str, Callable[[FilterChainMatch, Detected], Rank], Callable[[FilterChainMatch], str]]] = (
    ("destination port", _port, lambda match: str(match.destination_port)),
    ("destination address", _destination, lambda match: _joined(match.prefix_ranges)),
    ("server name", _server_name, lambda match: _joined(match.server_names)),
    ("transport protocol", _transport, lambda match: match.transport_protocol),
    ("application protocol", _application, lambda match: _joined(match.application_protocols)),
    ("direct source address", _direct_source, lambda match: _joined(match.direct_source_prefix_ranges)),
    ("source type", _source_type, lambda match: match.source_type),
    ("source address", _source, lambda match: _joined(match.source_prefix_ranges)),
    ("source port", _source_port, lambda match: _joined(match.source_ports)),
)
