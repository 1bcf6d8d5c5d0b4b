"""What istiod would send a proxy now: the config dump of the one istiod that the proxy is connected to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from meshctl.errors import MeshctlError, UnreadableError
from meshctl.sources.istiods import ConnectedElsewhereError, Istiod, Page, Silent, first_answer

ENDPOINTS_TOO = "&include_eds"


def dump_for(istiods: Sequence[Istiod], proxy: str, seconds: float, *, more: str = "") -> Page:
    """The dump for a proxy `POD.NAMESPACE`, of the first istiod that has it. Raises a `MeshctlError`.

    `more` is added to the query.
    """

    def ask(istiod: Istiod) -> Page:
        page = istiod.page(f"config_dump?proxyID={quote(_connection(istiod, proxy))}{more}")
        if not page.content.strip():
            raise ConnectedElsewhereError(f"{istiod.name} has nothing for it")
        return page

    found, silent = first_answer(istiods, ask, seconds)
    if found is None:
        raise _nothing(proxy, silent)
    return found


def _connection(istiod: Istiod, proxy: str) -> str:
    """The name of the proxy's connection.

    istiod takes the first connection that has the given text anywhere in its name, so `web-0.shop` may get what is
    meant for `new-web-0.shop`. Where it does not tell its connections, the name of the proxy has to do.
    """
    try:
        found = istiod.page("connections").json()
    except MeshctlError:
        return proxy
    clients = found.get("clients") if isinstance(found, dict) else None
    if not isinstance(clients, list):
        return proxy
    ours = [client for client in clients if isinstance(client, dict) and _proxy(client) == proxy]
    if not ours:
        raise ConnectedElsewhereError(f"{proxy} is not connected to {istiod.name}")
    return str(max(ours, key=lambda client: str(client.get("connectedAt", "")))["connectionId"])


def _proxy(client: dict[str, Any]) -> str:
    """The proxy of a connection, whose name is that of the proxy and a number."""
    return str(client.get("connectionId", "")).rpartition("-")[0]


def _nothing(proxy: str, silent: Sequence[Silent]) -> UnreadableError:
    errors = [one.error for one in silent if not isinstance(one.error, ConnectedElsewhereError)]
    if errors:
        return UnreadableError(f"no istiod says what {proxy} should have: {errors[0].message}", hint=errors[0].hint)
    names = ", ".join(one.name for one in silent)
    return UnreadableError(
        f"{proxy} is connected to no istiod (asked: {names})",
        hint="is its proxy running? `meshctl proxy-status` lists those connected",
    )
