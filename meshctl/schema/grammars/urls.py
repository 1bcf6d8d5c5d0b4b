"""URLs as Go's net/url reads them, which takes less than RFC 3986 says in some places and more in others."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SCHEME = re.compile(r"([A-Za-z][-A-Za-z0-9+.]*):")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ASCII_ESCAPE = re.compile(r"%(?!25)[0-7]")
"""What hosts write as it is; only the sign of escapes, which begins a zone, is escaped there too."""
_HOST = re.compile(r"[^\x00- #/?@\\^`{|}\x7f]*")
_USER = re.compile(r"[-A-Za-z0-9_.~!$&'()*+,;=:%@]*")
_PORT = re.compile(r"(:[0-9]*)?", re.ASCII)

MODULE_SCHEMES = frozenset({"", "file", "http", "https", "oci"})
"""Where a Wasm module can be fetched from; without a scheme it is an image."""


def scheme(text: str, *, request: bool = False) -> str | None:
    """The scheme of a URL in lower case, empty where it has none; None for what is no URL.

    A `request` has to be absolute: with a scheme, or a path that begins with a slash.
    """
    if _CONTROL.search(text) or text.startswith(":") or (request and not text):
        return None
    found = _SCHEME.match(text)
    name = found[1].lower() if found else ""
    rest = text[found.end() :] if found else text
    if not request:
        rest, _, fragment = rest.partition("#")
        if _BAD_ESCAPE.search(fragment):
            return None
    rest = rest.partition("?")[0]
    if not rest.startswith("/"):
        if found or (not request and ":" not in rest.partition("/")[0]):
            return name if found or not _BAD_ESCAPE.search(rest) else None
        return name if rest == "*" else None
    if rest.startswith("//") and (found or not (request or rest.startswith("///"))):
        authority, slash, path = rest[2:].partition("/")
        if not _is_authority(authority):
            return None
        rest = slash + path
    return None if _BAD_ESCAPE.search(rest) else name


def _is_authority(text: str) -> bool:
    user, _, host = text.rpartition("@")
    if not _USER.fullmatch(user) or not _HOST.fullmatch(host) or _BAD_ESCAPE.search(user + host):
        return False
    if _ASCII_ESCAPE.search(host):
        return False
    if host.startswith("["):
        inner, closed, port = host.rpartition("]")
        return bool(closed) and "[" not in inner[1:] and _PORT.fullmatch(port) is not None
    name, colon, port = host.rpartition(":")
    return _PORT.fullmatch(colon + port if colon else "") is not None and "[" not in name + host


def http_url(text: str) -> str:
    """A URL that begins with http or https."""
    found = scheme(text)
    if found is None:
        return "is no URL"
    return "" if found in ("http", "https") else "is no URL that begins with http:// or https://"


def module_url(text: str) -> str:
    """The place of a Wasm module: an image, or a URL."""
    found = scheme(text, request=True)
    if found is None:
        found = scheme(f"http://{text}", request=True)
    if found is None:
        return "is neither an image nor a URL"
    if found in MODULE_SCHEMES:
        return ""
    hint = ": write oci:// in front of an image whose registry has a port" if "://" not in text else ""
    return f'has the scheme "{found}", but modules come from oci, http, https or file{hint}'
