"""What a route makes of path and host before it sends a request on."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from meshctl.proxyconfig.envoy import decoded
from meshctl.proxyconfig.routes import RegexRewrite, Route, RouteAction
from meshctl.proxyconfig.trace.conditions import template_of, template_regex
from meshctl.proxyconfig.trace.paths import without_query
from meshctl.proxyconfig.trace.request import Request
from meshctl.proxyconfig.trace.strings import compiled

_GROUP = re.compile(r"\\([0-9\\])")


def rewritten_path(action: RouteAction, route: Route, request: Request) -> str:
    """The path with its query, as the endpoint gets it."""
    plain = without_query(request.path)
    query = request.path[len(plain) :]
    if action.prefix_rewrite:
        return action.prefix_rewrite + plain[len(matched_part(route, plain)) :] + query
    if action.regex_rewrite is not None:
        return substituted(action.regex_rewrite, plain) + query
    template = _template(action.path_rewrite_policy)
    found = compiled(template_regex(template_of(route.match))) if template else None
    variables = found.fullmatch(plain) if found is not None else None
    if variables is not None:
        values = variables.groupdict()
        return re.sub(r"\{(\w+)\}", lambda name: values.get(name[1]) or "", template) + query
    return request.path


def rewritten_host(action: RouteAction, request: Request) -> str:
    """The host as the route makes it; empty where it leaves it alone."""
    if action.host_rewrite_literal:
        return action.host_rewrite_literal
    if action.host_rewrite_header:
        return request.header(action.host_rewrite_header) or ""
    if action.host_rewrite_path_regex is not None:
        return substituted(action.host_rewrite_path_regex, without_query(request.path))
    return ""


def rewrites_unknown(action: RouteAction) -> bool:
    """Whether the path is rewritten by an extension that is not followed here."""
    return bool(action.path_rewrite_policy) and not _template(action.path_rewrite_policy)


def matched_part(route: Route, path: str) -> str:
    """The part of the path that a rewrite of the prefix replaces."""
    match = route.match
    if match.prefix is not None:
        return path[: len(match.prefix)]
    if match.path_separated_prefix is not None:
        return path[: len(match.path_separated_prefix)]
    return path


def substituted(rewrite: RegexRewrite, path: str) -> str:
    r"""The path with every match replaced as RE2 does it: `\0` to `\9` are what the groups took.

    An empty match right behind another one does not count.
    """
    pattern = compiled(rewrite.pattern.regex)
    kept, end = "", 0
    last = -1
    for found in pattern.finditer(path) if pattern is not None else ():
        if found.end() != last:
            kept += path[end : found.start()] + _expanded(rewrite.substitution, found)
            end = last = found.end()
    return kept + path[end:]


def _expanded(substitution: str, found: Any) -> str:
    groups = (found[0], *found.groups())

    def text(wanted: re.Match[str]) -> str:
        if wanted[1] == "\\":
            return "\\"
        number = int(wanted[1])
        return (groups[number] or "") if number < len(groups) else ""  # no Envoy takes a number without a group

    return _GROUP.sub(text, substitution)


def _template(raw: msgspec.Raw) -> str:
    """The template of a path that is written anew, empty where another extension writes it."""
    found = decoded(raw)
    config = found.get("typed_config") if isinstance(found, dict) else None
    return str(config.get("path_template_rewrite", "")) if isinstance(config, dict) else ""
