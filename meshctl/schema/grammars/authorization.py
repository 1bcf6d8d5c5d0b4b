"""What the conditions of an AuthorizationPolicy can be compared with: accounts, trust domains, ports, paths, keys."""

from __future__ import annotations

import re

from meshctl.schema.grammars import hosts

LONGEST_ACCOUNT = 320
"""Bytes of a service account with its namespace."""

_PLAIN_SEGMENT = re.compile(r"[-A-Za-z0-9._~%!$&'()+,;:@=]+")
_OPERATORS = ("{*}", "{**}")
_FREE_KEYS = frozenset(
    "source.namespace source.principal connection.sni request.auth.principal request.auth.audiences"
    " request.auth.presenter".split()
)
_KEYED = ("request.headers", "request.auth.claims", "experimental.envoy.filters.")
_OLD = {
    "destination.namespace": "the policy's own namespace says it",
    "destination.name": "write a selector",
    "destination.user": "write a selector",
}


def service_account(text: str) -> str:
    """A service account, as `name` or `namespace/name`."""
    if not text:
        return "is an empty service account"
    if "*" in text:
        return "cannot have wildcards: service accounts are compared as they are"
    if len(text.encode("utf-8", "surrogatepass")) > LONGEST_ACCOUNT:
        return f"is longer than {LONGEST_ACCOUNT} bytes"
    parts = text.split("/")
    return "" if len(parts) < 3 and all(parts) else "has to be a name, or a namespace, a slash and a name"


def wildcard(text: str) -> str:
    """A text with at most one `*`, at its beginning or end."""
    if not text:
        return "is empty"
    if text.count("*") > 1 or "*" in text[1:-1]:
        return "can have one * only, at its beginning or end"
    return ""


def trust_domain(text: str) -> str:
    """A trust domain, perhaps with a `*` at an end."""
    return wildcard(text) or ("is more than a trust domain: it cannot have a slash" if "/" in text else "")


def port(text: str) -> str:
    """A port as a text."""
    digits = text.lstrip("0") or "0"
    if text and text.isascii() and text.isdigit() and len(digits) < 6 and int(digits) < 65536:
        return ""
    return "is no port: write a number up to 65535, without wildcards"


def filled(text: str) -> str:
    """Any text but an empty one."""
    return "" if text else "is empty"


def path(text: str) -> str:
    """A path, in which `{*}` stands for one segment and `{**}` for any number of them."""
    if not text:
        return "is empty"
    segments = text.strip("/").split("/")
    for segment in segments:
        if segment not in _OPERATORS and ("{" in segment or "}" in segment):
            return f'has the segment "{segment}", but only whole segments can be {{*}} or {{**}}'
    if not any(segment in _OPERATORS for segment in segments):
        return ""
    ended = False
    for segment in segments:
        if segment in _OPERATORS:
            if ended:
                return f"has {segment} after {{**}}, which has to be the last of them"
            ended = segment == "{**}"
        elif not segment:
            return "has an empty segment beside {*} or {**}"
        elif not _PLAIN_SEGMENT.fullmatch(segment):
            return f'has the segment "{segment}", which cannot stand beside {{*}} or {{**}}'
    return ""


def condition_key(text: str) -> str:
    """The key of a condition."""
    for prefix in _KEYED:
        if text.startswith(prefix):
            start = text.find("[")
            if text.endswith("]") and start > 0 and len(text) - start > 2:
                return ""
            return f"needs a name in brackets: {prefix.rstrip('.')}[name]"
    if text in _FREE_KEYS or text in _VALUES:
        return ""
    if text.startswith("destination.labels"):
        return "is gone: write a selector"
    if text in _OLD:
        return f"is gone: {_OLD[text]}"
    return "is no attribute that a condition can look at" if text else "is missing"


def condition_value(key: str, text: str) -> str:
    """A value that the attribute of a condition is compared with."""
    grammar = _VALUES.get(key)
    return filled(text) or (grammar(text) if grammar else "")


_VALUES = {
    "source.ip": hosts.network,
    "remote.ip": hosts.network,
    "destination.ip": hosts.network,
    "source.serviceAccount": service_account,
    "source.trustDomain": wildcard,
    "destination.port": port,
}
