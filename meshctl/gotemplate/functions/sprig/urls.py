"""URLs."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from meshctl.gotemplate.errors import FunctionError
from meshctl.gotemplate.function import FunctionMap
from meshctl.gotemplate.functions.text import from_bytes, raw_bytes

_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?P<rest>.*)", re.DOTALL)
_BAD_ESCAPE = re.compile(r"%(?![0-9a-fA-F]{2})")
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_PORT = re.compile(r":[0-9]*")
_USER = re.compile(r"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*")
_HOST = re.compile(r"[A-Za-z0-9\-._~!$&'()*+,;=:\[\]<>\"%\x80-\U0010ffff]*")
_KEYS = ("scheme", "host", "hostname", "path", "query", "opaque", "fragment", "userinfo")


def _unescaped(text: str) -> str:
    if _BAD_ESCAPE.search(text):
        raise FunctionError(f"{text!r} has a percent sign that is no escape")
    return from_bytes(unquote_to_bytes(raw_bytes(text)))


def _escaped(text: str, safe: str) -> str:
    return quote(raw_bytes(text), safe=safe)


def _user(text: str) -> str:
    if not _USER.fullmatch(text):
        raise FunctionError(f"{text!r} is no user of a URL")
    name, colon, password = text.partition(":")
    shown = _escaped(_unescaped(name), "-._~$&+,;=")
    return shown + (":" + _escaped(_unescaped(password), "-._~$&+,;=") if colon else "")


def _host(text: str) -> str:
    if text.startswith("["):
        end = text.rfind("]")
        port = text[end + 1 :]
        if end < 0 or (port and not _PORT.fullmatch(port)):
            raise FunctionError(f"{text!r} is no host of a URL")
    elif ":" in text and not _PORT.fullmatch(text[text.rindex(":") :]):
        raise FunctionError(f"{text!r} has no port after its colon")
    if not _HOST.fullmatch(text):
        raise FunctionError(f"{text!r} is no host of a URL")
    if any(int(code, 16) < 0x80 for code in re.findall("%([0-9a-fA-F]{2})", text)):
        raise FunctionError(f"{text!r} is no host of a URL")
    return _unescaped(text)


def _host_name(host: str) -> str:
    colon = host.rfind(":")
    if colon >= 0 and _PORT.fullmatch(host[colon:]):
        host = host[:colon]
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


def url_parse(text: str) -> dict[str, Any]:
    """The parts of a URL."""
    if _CONTROL.search(text):
        raise FunctionError("a URL has no control characters")
    found = dict.fromkeys(_KEYS, "")
    rest, _, fragment = text.partition("#")
    found["fragment"] = _unescaped(fragment)
    if rest.startswith(":"):
        raise FunctionError(f"{text!r} has no scheme before its colon")
    with_scheme = _SCHEME.fullmatch(rest)
    if with_scheme:
        found["scheme"], rest = with_scheme["scheme"].lower(), with_scheme["rest"]
    rest, _, found["query"] = rest.partition("?")
    if not rest.startswith("/"):
        if found["scheme"]:
            found["opaque"] = rest
            return found
        if ":" in rest.partition("/")[0]:
            raise FunctionError(f"{text!r} has a colon in the first part of its path")
    if rest.startswith("//") and (found["scheme"] or not rest.startswith("///")):
        authority, slash, path = rest[2:].partition("/")
        user, at, host = authority.rpartition("@")
        found["host"] = _host(host)
        found["hostname"] = _host_name(found["host"])
        found["userinfo"] = _user(user) if at else ""
        rest = slash + path
    found["path"] = _unescaped(rest)
    return found


def _part(parts: dict[str, Any], key: str) -> str:
    value = parts.get(key, "")
    if not isinstance(value, str):
        raise FunctionError(f"the {key} of a URL is a string")
    return value


def url_join(parts: dict[str, Any]) -> str:
    """The URL of its parts."""
    scheme, host, path, query, opaque, fragment, user = (_part(parts, key) for key in _KEYS if key != "hostname")
    if user:
        user = url_parse(f"proto://{user}@host")["userinfo"]
    if opaque:
        text = (f"{scheme}:" if scheme else "") + opaque
    else:
        text = f"{scheme}:" if scheme else ""
        escaped = "*" if path == "*" else _escaped(path, "-._~$&+,/:;=@!'()*")
        if scheme or host or user:
            if host or path or user:
                text += "//"
            text += (user + "@" if user else "") + _escaped(host, "-._~!$&'()*+,;=:[]<>\"")
        if path and not path.startswith("/") and host:
            text += "/"
        if not text and ":" in escaped.partition("/")[0]:
            text = "./"
        text += escaped
    text += f"?{query}" if query else ""
    return text + (f"#{_escaped(fragment, '-._~$&+,/:;=?@!()*')}" if fragment else "")


URLS: FunctionMap = {"urlJoin": url_join, "urlParse": url_parse}
