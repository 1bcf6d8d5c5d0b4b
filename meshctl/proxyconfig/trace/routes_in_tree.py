"""The routes that a virtual host offers a request: its list, or those at the end of a way through a tree of matches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import msgspec

from meshctl.proxyconfig.envoy import decode, decoded
from meshctl.proxyconfig.routes import Route, RouteList, VirtualHost
from meshctl.proxyconfig.trace.inputs import of_request
from meshctl.proxyconfig.trace.matcher_tree import kind_of, search
from meshctl.proxyconfig.trace.request import Request


@dataclass(frozen=True, slots=True)
class Offered:
    """Routes, of which the first that fits is taken."""

    routes: Sequence[Route]
    way: Sequence[str] = ()
    """What led to them through the tree."""
    doubt: str = ""
    """What is not known, where they hang on it."""


def offered(host: VirtualHost, request: Request) -> Offered:
    """The routes that are tried; a tree leads to one, or to a list of them."""
    if not host.matcher or host.routes:
        return Offered(host.routes)
    found = search(decoded(host.matcher), partial(of_request, request))
    if found.action is None:
        return Offered((), doubt=found.doubt)
    config = found.action
    kind = kind_of(config)
    if kind == "Route":
        return Offered([decode(msgspec.json.encode(config), Route)], found.way)
    if kind == "RouteList":
        return Offered(decode(msgspec.json.encode(config), RouteList).routes, found.way)
    return Offered((), found.way, "the tree of matches leads to an action that is not known")
