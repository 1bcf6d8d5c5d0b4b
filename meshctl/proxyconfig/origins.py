"""The cell that says which Istio resource a route or cluster was made of."""

from __future__ import annotations

from meshctl.proxyconfig.names import istio_resource

_NETWORKING = "/apis/networking.istio.io/"


def origin(path: str) -> str:
    """`<name>.<namespace>` of the resource; empty for none or an incomplete path, `<unknown>` for any other."""
    if not path:
        return ""
    if not path.startswith(_NETWORKING):
        return "<unknown>"
    found = istio_resource(path)
    return str(found) if found else ""
