"""The functions of expressions: the standard ones, and those that Kubernetes adds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from meshctl.durations import nanoseconds

_DNS_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")
_DNS_SUBDOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*")
_PORT = re.compile(r"[0-9]*")
_NO_URL = re.compile(r"[\x00-\x20\x7f]")


class Duration(int):
    """A stretch of time in nanoseconds."""


def duration(text: str) -> Duration:
    """A duration as Go writes it (`1m30s`); raises `ValueError`."""
    found = nanoseconds(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"{text!r} is no duration")
    return Duration(found)


def _int(value: Any) -> int:
    if isinstance(value, str) and not re.fullmatch(r"-?\d{1,19}", value):
        raise ValueError(f"{value!r} is no whole number")
    return int(value)


def _string(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_ip(text: str) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(text) is not None and "%" not in text
    except ValueError:
        return False


def _split_url(text: str) -> SplitResult | None:
    """The URL that Go's `ParseRequestURI` takes: absolute, or a path that begins with a slash."""
    try:
        found = urlsplit(text)
    except ValueError:
        return None
    _, colon, port = found.netloc.rpartition("@")[2].rpartition("]")[2].rpartition(":")
    if colon and not _PORT.fullmatch(port):
        return None
    if _NO_URL.search(text) or not (found.scheme or text.startswith("/")):
        return None
    if found.scheme and ":" in text and not found.netloc and not found.path.startswith("/"):
        return None  # an opaque one, such as a host with a port
    return found


def _url(text: str) -> SplitResult:
    found = _split_url(text)
    if found is None:
        raise ValueError(f"{text!r} is no URL")
    return found


def _matches(text: str, pattern: str) -> bool:
    import re2

    return re2.search(pattern, text) is not None


def _substring(text: str, start: int, end: int | None = None) -> str:
    stop = len(text) if end is None else end
    if not 0 <= start <= stop <= len(text):
        raise ValueError("the text is shorter")
    return text[start:stop]


def _validate(name: str, text: str) -> list[str] | None:
    pattern = _DNS_LABEL if name == "dns1123Label" else _DNS_SUBDOMAIN
    return None if pattern.fullmatch(text) else [f"{text!r} has not the format {name}"]


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "size": len,
    "int": _int,
    "uint": _int,
    "double": float,
    "string": _string,
    "bool": lambda value: value if isinstance(value, bool) else {"true": True, "false": False}[value],
    "duration": duration,
    "url": _url,
    "isURL": lambda text: _split_url(text) is not None,
    "isIP": _is_ip,
    "dyn": lambda value: value,
    "type": lambda value: type(value).__name__,
}

METHODS: Mapping[str, Callable[..., Any]] = {
    "size": len,
    "contains": lambda text, part: part in text,
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "matches": _matches,
    "split": lambda text, separator: text.split(separator) if separator else list(text),
    "substring": _substring,
    "lowerAscii": str.lower,
    "upperAscii": str.upper,
    "trim": str.strip,
    "replace": str.replace,
    "join": lambda items, separator="": separator.join(items),
    "getScheme": lambda url: url.scheme,
    "getHost": lambda url: url.netloc,
    "getHostname": lambda url: url.hostname or "",
    "validate": _validate,
}
