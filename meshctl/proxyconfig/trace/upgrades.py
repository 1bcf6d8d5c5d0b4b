"""Requests that ask for another protocol on their connection, such as that of web sockets."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from meshctl.proxyconfig.envoy import decode
from meshctl.proxyconfig.network_filters import HttpConnectionManager
from meshctl.proxyconfig.routes import Route
from meshctl.proxyconfig.trace.request import Request

CONNECT = "CONNECT"

_NEVER = "h2c"
"""Envoy passes over this wish."""


class Upgrade(Struct, frozen=True):
    """Whether requests may ask for a protocol."""

    upgrade_type: str = ""
    enabled: bool = True


def asked_for(request: Request) -> str:
    """The protocol that is asked for, `CONNECT` for a tunnel by that method; empty for none."""
    if request.method == CONNECT:
        return CONNECT
    tokens = [token.strip().lower() for value in request.values("connection") for token in value.split(",")]
    wanted = (request.header("upgrade") or "").strip()
    return wanted if "upgrade" in tokens and wanted.lower() != _NEVER else ""


def refused(manager: HttpConnectionManager, route: Route | None, request: Request) -> str:
    """The protocol that neither the connection manager nor the route allows; what the route says counts."""
    wanted = asked_for(request)
    if not wanted:
        return ""
    of_route = route.route.upgrade_configs if route is not None and route.route is not None else msgspec.Raw()
    for raw in (of_route, manager.upgrade_configs):
        for upgrade in _read(raw):
            if upgrade.upgrade_type.lower() == wanted.lower():
                return "" if upgrade.enabled else wanted
    return wanted


def _read(raw: msgspec.Raw) -> Sequence[Upgrade]:
    return decode(raw, list[Upgrade]) if raw else ()
