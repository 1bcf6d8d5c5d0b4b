"""The request that is followed, as its sender writes it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, urlsplit

from meshctl.errors import UsageError

_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE")
_DEFAULT_PORTS = {"http": 80, "https": 443}

Header = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Request:
    """A request; names of headers are in lower case, pseudo headers begin with a colon as in HTTP/2."""

    method: str
    scheme: str
    host: str  # of the URL, without port
    port: int
    authority: str  # the Host header
    path: str  # with query
    headers: tuple[Header, ...] = ()

    def values(self, name: str) -> tuple[str, ...]:
        """The values of a header; none when it is not there."""
        name = name.lower()
        if name in _PSEUDO:
            return ({":method": self.method, ":path": self.path, ":scheme": self.scheme}.get(name, self.authority),)
        found = tuple(value for key, value in self.headers if key == name)
        return ("; ".join(found),) if name == "cookie" and found else found

    def header(self, name: str) -> str | None:
        """The first value of a header; None when it is not there."""
        return next(iter(self.values(name)), None)

    @property
    def grpc(self) -> bool:
        """Whether it is a call of gRPC, by its content type."""
        kind = self.header("content-type") or ""
        return kind == "application/grpc" or kind.startswith("application/grpc+")

    def at(self, path: str, authority: str) -> Request:
        """The request after the proxy has put path and host in order."""
        return replace(self, path=path, authority=authority)


_PSEUDO = (":method", ":authority", ":path", ":scheme", "host")


def parse(text: str, headers: Sequence[str] = ()) -> Request:
    """The request of `[METHOD] URL` and of headers such as `end-user: jason`. Raises `UsageError`."""
    words = text.split(None, 1)
    method, url = ("GET", text.strip()) if len(words) < 2 else (words[0], words[1].strip())
    problem = UsageError(f"--request cannot be {text!r}", hint="write it as 'GET http://reviews:9080/x'")
    if not _METHOD.fullmatch(method) or re.search(r"\s", url) or url in _METHODS:
        raise problem
    parts = urlsplit(url if "://" in url else f"http://{url}")
    try:
        port = parts.port
    except ValueError as error:
        raise problem from error
    scheme = {"grpc": "http", "ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    if scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise problem
    host = parts.netloc.rpartition("@")[2]
    if port is not None:
        host = host.rpartition(":")[0]
    # Clients leave the port out of the Host header where the scheme says it.
    authority = host if port in (None, _DEFAULT_PORTS[scheme]) else f"{host}:{port}"
    target = url.partition("://")[2] if "://" in url else url
    # Clients escape what may not stand in a URL.
    path = re.sub(r"[^!-~]", lambda found: quote(found[0]), target[len(parts.netloc) :]) or "/"
    pairs = [_header(header) for header in headers]
    for name, value in pairs:
        if name in ("host", ":authority"):
            authority = value
    return Request(
        method,
        scheme,
        host.strip("[]"),
        port or _DEFAULT_PORTS[scheme],
        authority,
        path if path[0] == "/" else f"/{path}",
        tuple((name, value) for name, value in pairs if name not in ("host", ":authority")),
    )


def _header(text: str) -> Header:
    start = 1 if text.startswith(":") else 0
    colon, equals = text.find(":", start), text.find("=", start)
    at = colon if colon > 0 and (equals < 0 or colon < equals) else equals
    if at <= 0:
        raise UsageError(f"--header cannot be {text!r}", hint="write it as 'end-user: jason'")
    return text[:at].strip().lower(), text[at + 1 :].strip()
