"""Access rules as a tree of matches (`matcher`) instead of policies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from meshctl.proxyconfig.rbac.scene import Scene
from meshctl.proxyconfig.trace import matcher_tree
from meshctl.proxyconfig.trace.matcher_tree import Looked, kind_of


@dataclass(frozen=True, slots=True)
class Found:
    """The action that the tree leads to; without one, why."""

    name: str = ""
    action: str = ""
    doubt: str = ""
    """What is not known, where the action hangs on it."""


def search(scene: Scene, matcher: Any) -> Found:
    """The action for a request; an empty one where nothing fits."""
    found = matcher_tree.search(matcher, lambda config: _looked(scene, config))
    if found.action is None:
        return Found(doubt=found.doubt)
    config = found.action
    if not str(config.get("@type", "")).endswith("envoy.config.rbac.v3.Action"):
        return Found(doubt="the tree of matches leads to an action that is not known")
    return Found(str(config.get("name", "")), str(config.get("action", "ALLOW")))


def _looked(scene: Scene, config: Mapping[str, Any]) -> Looked:
    kind = kind_of(config)
    if kind == "HttpRequestHeaderMatchInput":
        name = str(config.get("header_name", ""))
        values = scene.values(name)
        what = f"header {name}"
        if values is None:
            return Looked(what, doubt=f"{what} is not known")
        return Looked(what, ",".join(values) if values else None)
    known = _INPUTS.get(kind)
    if known is None:
        return Looked(kind, doubt=f"the tree of matches looks at {kind or 'something'}, which is not known")
    what, give = known
    if kind == "UriSanInput" and not scene.attributes.peer_known:
        return Looked(what, doubt=f"{what} is not known")
    text = give(scene)
    if not text and kind not in ("ServerNameInput", "UriSanInput"):
        return Looked(what, doubt="the tree of matches looks at an address that is not known")
    return Looked(what, text or None)


_INPUTS: Mapping[str, tuple[str, Callable[[Scene], str]]] = {
    "DestinationIPInput": ("the destination's address", lambda scene: scene.attributes.destination_ip),
    "DestinationPortInput": ("the port", lambda scene: str(scene.attributes.destination_port or "")),
    "SourceIPInput": ("the client's address", lambda scene: scene.attributes.remote_ip or scene.attributes.source_ip),
    "DirectSourceIPInput": ("the source's address", lambda scene: scene.attributes.source_ip),
    "ServerNameInput": ("the server name", lambda scene: scene.attributes.server_name.lower()),
    "UriSanInput": ("the client's identity", lambda scene: scene.attributes.peer),
}
