"""The text of what a route matches."""

from __future__ import annotations

from meshctl.proxyconfig.matchers import RouteMatch


def path_text(match: RouteMatch) -> str:
    """The condition on the path, as istioctl writes it."""
    pieces = []
    if match.prefix is not None:
        pieces.append(f"{match.prefix}*")
    if match.path_separated_prefix is not None:
        pieces.append(f"PathPrefix:{match.path_separated_prefix}")
    if match.path is not None:
        pieces.append(match.path)
    if match.safe_regex is not None:
        pieces.append(f"regex {match.safe_regex.regex}")
    return " ".join(pieces)
