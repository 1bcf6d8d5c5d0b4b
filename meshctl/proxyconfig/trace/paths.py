"""Paths of requests: how a connection manager puts them in order, and how they are matched."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from meshctl.proxyconfig.network_filters import HttpConnectionManager

_ESCAPED_SLASH = re.compile("%2f|%5c", re.IGNORECASE)
_UNRESERVED = re.compile("%(2[dDeE]|3[0-9]|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aAeE])")


@dataclass(frozen=True, slots=True)
class Ordered:
    """A path after the connection manager; with a status when it answers itself."""

    path: str
    status: int = 0
    reason: str = ""


def put_in_order(manager: HttpConnectionManager, path: str) -> Ordered:
    """The path that routes see."""
    if "#" in path:
        return Ordered(path, 400, "a fragment (#) in the path is refused")
    plain, question, query = path.partition("?")
    action = manager.path_with_escaped_slashes_action
    redirected = False
    if action not in ("IMPLEMENTATION_SPECIFIC_DEFAULT", "KEEP_UNCHANGED") and _ESCAPED_SLASH.search(plain):
        if action == "REJECT_REQUEST":
            return Ordered(path, 400, "escaped slashes in the path are refused")
        plain = _ESCAPED_SLASH.sub(lambda found: "/" if found[0].lower() == "%2f" else "\\", plain)
        redirected = action == "UNESCAPE_AND_REDIRECT"
    if manager.normalize_path:
        if "%00" in plain:
            return Ordered(path, 400, "the path cannot be normalized, as %00 is in it")
        plain = normalized(plain)
    if manager.merge_slashes:
        # A path of nothing but slashes keeps two of them: one that it begins and one that it ends with.
        plain = re.sub("/{2,}", "/", plain) if plain.strip("/") else plain[:2]
    found = plain + question + query
    return (
        Ordered(found, 307, "the client is sent to the path without escaped slashes")
        if redirected
        else (Ordered(found))
    )


def normalized(path: str) -> str:
    """A path without `.` and `..`, with `/` for `\\`, and without needless escapes; slashes are not merged."""
    if not path.startswith("/"):
        return path
    text = _UNRESERVED.sub(lambda found: chr(int(found[1], 16)), path).replace("\\", "/")
    kept: list[str] = []
    segments = text.split("/")[1:]
    for index, segment in enumerate(segments):
        last = index == len(segments) - 1
        if segment == "..":
            if kept:
                kept.pop()
            kept += [""] if last else []
        elif segment == ".":
            kept += [""] if last else []
        else:
            kept.append(segment)
    return "/" + quote("/".join(kept), safe="/%!$&'()*+,;=:@-._~[]")


def without_query(path: str) -> str:
    """The path up to its query."""
    return path.partition("?")[0]


def query_parameters(path: str) -> dict[str, str]:
    """The parameters of the query as they stand; of several with a name the first counts."""
    found: dict[str, str] = {}
    for pair in path.partition("?")[2].split("&"):
        name, _, value = pair.partition("=")
        if pair:
            found.setdefault(name, value)
    return found
