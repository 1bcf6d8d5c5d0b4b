"""Makes small dumps for tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from meshctl.proxyconfig import sections

Json = dict[str, Any]


def clusters(*found: Json, **more: Any) -> Json:
    """A section of active clusters."""
    return {"@type": sections.CLUSTERS, "dynamic_active_clusters": [{"cluster": item} for item in found], **more}


def listeners(*found: Json) -> Json:
    """A section of active listeners."""
    items = [{"name": item.get("name", ""), "active_state": {"listener": item}} for item in found]
    return {"@type": sections.LISTENERS, "dynamic_listeners": items}


def routes(*found: Json) -> Json:
    """A section of route configurations."""
    return {"@type": sections.ROUTES, "dynamic_route_configs": [{"route_config": item} for item in found]}


def virtual_host(*found: Json, domains: tuple[str, ...] = ("a.b",), **more: Any) -> Json:
    """A route configuration of one virtual host with these routes."""
    return {"name": "80", "virtual_hosts": [{"name": "a", "domains": list(domains), "routes": list(found), **more}]}


def text(*found: Json) -> bytes:
    """The dump of those sections, as Envoy answers."""
    return json.dumps({"configs": found}).encode()


def file(folder: Path, *found: Json, name: str = "dump.json") -> str:
    """A file with the dump of those sections."""
    path = folder / name
    path.write_bytes(text(*found))
    return str(path)
