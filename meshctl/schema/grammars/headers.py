"""Names and values of HTTP headers."""

from __future__ import annotations

import re
from functools import lru_cache

_TOKEN = re.compile(r"[!#$%&'*+,\-.^_`|~0-9A-Za-z]+")
_PSEUDO = frozenset({":method", ":scheme", ":authority", ":path", ":status"})
_CLAIMS = "@request.auth.claims"
_BRACKETS = re.compile(r"(?:\[[^\[\]]+\])+")
_STRICT = re.compile(r"[-_A-Za-z0-9]+")
_PROBE = re.compile(r"[-A-Za-z0-9]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

_NAME_RULE = "is no header name: letters, digits and a few signs such as - and _ are allowed"


def is_claim(name: str) -> bool:
    """Whether the name of a matched header stands for a claim of a token: `@request.auth.claims.group`, `…[group]`."""
    if name[: len(_CLAIMS)].lower() != _CLAIMS:
        return False
    rest = name[len(_CLAIMS) :]
    if rest.startswith("."):
        return len(rest) > 1
    return _BRACKETS.fullmatch(rest) is not None


def matched_name(name: str) -> str:
    """The name of a header that requests are matched by."""
    if _TOKEN.fullmatch(name) or name in _PSEUDO or is_claim(name):
        return ""
    if name.startswith(":"):
        return f"is no pseudo-header that can be matched: {', '.join(sorted(_PSEUDO))} can"
    return _NAME_RULE if name else "is an empty header name"


def added_name(name: str) -> str:
    """The name of a header that is added to requests or set there."""
    if not name:
        return "is an empty header name"
    if name.startswith(":") and name != ":authority":
        return "cannot be changed: of the pseudo-headers only :authority can"
    return ""


def changed_name(name: str) -> str:
    """The name of a header that is removed, or changed in answers."""
    if not name:
        return "is an empty header name"
    if name.startswith(":") or name.lower() == "host":
        return "cannot be changed here: neither pseudo-headers nor host can"
    return ""


def cors_name(name: str) -> str:
    """A header name in a CORS policy; `*` stands for all."""
    if name == "*" or _TOKEN.fullmatch(name):
        return ""
    return _NAME_RULE if name else "is an empty header name"


def claim_header(name: str) -> str:
    """The name of a header that a claim is copied to."""
    return "" if _STRICT.fullmatch(name) else "is no header name: only letters, digits, - and _ are allowed"


def probe_header(name: str) -> str:
    """The name of a header that a probe sends."""
    return "" if _PROBE.fullmatch(name) else "is no header name: only letters, digits and - are allowed"


@lru_cache(4096)
def value(text: str) -> str:
    """The value that a header gets: plain text, in which `%NAME(arguments)%` stands for what Envoy puts there."""
    control = _CONTROL.search(text)
    if control:
        return f"has the control character U+{ord(control.group()):04X}"
    return _commands(text) if "%" in text else ""


def _commands(text: str) -> str:
    """Walks over Envoy's command syntax; only the space counts as blank."""
    state = "text"
    index = 0
    while index < len(text):
        char = text[index]
        if state == "text":
            if char == "%":
                if text[index + 1 : index + 2] == "%":
                    index += 1
                else:
                    if index + 1 == len(text):
                        return "ends with a single %: write %% for a percent sign"
                    state = "name"
        elif state == "name":
            if char == "%":
                state = "text"
            elif char == "(":
                state = "arguments"
        elif state == "arguments":
            if char == "[":
                state = "before text"
            elif char == ")":
                return "has a command with empty arguments: leave the parentheses out"
            elif char != " ":
                state = "raw"
        elif state == "raw":
            if char == ")":
                state = "after arguments"
            elif char == '"':
                return "has a command with a quote in its arguments: lists of texts are written in brackets"
        elif state == "before text":
            if char == '"':
                state = "quoted"
            elif char != " ":
                return 'has a command with a bad list: write ["a", "b"]'
        elif state == "quoted":
            if char == "\\":
                if index + 1 == len(text):
                    return "ends inside a command"
                index += 1
            elif char == ")":
                state = "after arguments"
            elif char == '"':
                state = "after text"
        elif state == "after text":
            if char == ",":
                state = "before text"
            elif char == "]":
                state = "after list"
            elif char != " ":
                return 'has a command with a bad list: write ["a", "b"]'
        elif state == "after list":
            if char == ")":
                state = "after arguments"
            elif char != " ":
                return "has a command with text behind its list"
        elif char == "%":
            state = "text"
        elif char != " ":
            return "has a command that goes on behind its arguments: close it with %"
        index += 1
    return "" if state == "text" else "has a command that is not closed with %: write %% for a percent sign"
