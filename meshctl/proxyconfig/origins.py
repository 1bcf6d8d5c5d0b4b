"""The cell that says which Istio resource a route or cluster was made of."""

from __future__ import annotations

_NETWORKING = "/apis/networking.istio.io/"
_PIECES = 8  # "", apis, group, version, namespaces, namespace, kind, name


def origin(path: str) -> str:
    """`<name>.<namespace>` of the resource; empty for none or an incomplete path, `<unknown>` for any other."""
    if not path:
        return ""
    if not path.startswith(_NETWORKING):
        return "<unknown>"
    pieces = path.split("/")
    return f"{pieces[7]}.{pieces[5]}" if len(pieces) == _PIECES else ""
