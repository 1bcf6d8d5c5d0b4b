"""Whether a request fulfils what a route asks for, and if not, what it lacks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from meshctl.proxyconfig.envoy import decode, decoded
from meshctl.proxyconfig.matchers import CookieMatcher, HeaderMatcher, QueryParameterMatcher, RouteMatch
from meshctl.proxyconfig.trace import headers, strings
from meshctl.proxyconfig.trace.paths import query_parameters, without_query
from meshctl.proxyconfig.trace.request import Request


class Cause(StrEnum):
    """What decides against a route."""

    PATH = "path"
    HEADER = "header"
    METHOD = "method"
    QUERY = "query"
    COOKIE = "cookie"
    SHARE = "share"
    ORDER = "order"
    TLS = "tls"
    PROTOCOL = "protocol"
    METADATA = "metadata"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a route may not take a request; with a chance, it does so for this share of them (0 to 1)."""

    cause: Cause
    reason: str
    chance: float | None = 0.0
    """0 for never; None when it hangs on what only the running proxy knows."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What else routes are decided by."""

    tls: bool = False
    client_certificate: bool = False
    ignore_path_parameters: bool = False


def doubts(match: RouteMatch, request: Request, setting: Setting) -> Iterator[Doubt]:
    """Everything that speaks against the route; nothing when it takes the request in any case."""
    yield from _path(match, request, setting)
    for header in match.headers:
        yield from _header(header, request)
    parameters = query_parameters(request.path) if match.query_parameters else {}
    for parameter in match.query_parameters:
        yield from _query(parameter, parameters)
    yield from _cookies(match, request)
    if match.grpc and not request.grpc:
        yield Doubt(Cause.PROTOCOL, "takes gRPC only")
    yield from _certificate(match, setting)
    if match.runtime_fraction is not None:
        share = match.runtime_fraction.default_value.percent / 100
        if share < 1:
            yield Doubt(Cause.SHARE, f"takes {share * 100:g} % of the requests", share)
    for raw, what in ((match.dynamic_metadata, "metadata that filters set"), (match.filter_state, "filter state")):
        if raw and decoded(raw):
            yield Doubt(Cause.METADATA, f"hangs on {what}, such as claims of a token", None)


def _path(match: RouteMatch, request: Request, setting: Setting) -> Iterator[Doubt]:
    path = without_query(request.path)
    if setting.ignore_path_parameters:
        path = re.sub(";[^/]*", "", path)
    fold = str if match.case_sensitive else str.lower
    if match.prefix is not None:
        if not fold(path).startswith(fold(match.prefix)):
            yield Doubt(Cause.PATH, f"path {path} does not begin with {match.prefix}")
    elif match.path is not None:
        if fold(path) != fold(match.path):
            yield Doubt(Cause.PATH, f"path {path} is not {match.path}")
    elif match.safe_regex is not None:
        if not strings.regex_matches(match.safe_regex.regex, path):
            yield Doubt(Cause.PATH, f"path {path} does not match {match.safe_regex.regex}")
    elif match.path_separated_prefix is not None:
        wanted = fold(match.path_separated_prefix)
        if not (fold(path) == wanted or fold(path).startswith(f"{wanted}/")):
            yield Doubt(Cause.PATH, f"path {path} is not {match.path_separated_prefix} or below it")
    elif match.connect_matcher:
        if request.method != "CONNECT":
            yield Doubt(Cause.METHOD, "takes CONNECT only")
    elif match.path_match_policy:
        template = template_of(match)
        if not template:
            yield Doubt(Cause.PATH, "the path is judged by an extension that is not followed here", None)
        elif not strings.regex_matches(template_regex(template), path):
            yield Doubt(Cause.PATH, f"path {path} does not fit {template}")


def _header(header: HeaderMatcher, request: Request) -> Iterator[Doubt]:
    values = request.values(header.name)
    cause = Cause.METHOD if header.name.lower() == ":method" else Cause.HEADER
    found = headers.matches(header, values)
    if found is None:
        yield Doubt(cause, f"{headers.named(header)} is judged by an extension", None)
    elif not found:
        inverted = " (inverted)" if header.invert_match else ""
        yield Doubt(cause, f"{headers.given(header, values)}, wanted: {headers.wanted(header)}{inverted}")


def _query(wanted: QueryParameterMatcher, parameters: dict[str, str]) -> Iterator[Doubt]:
    value = parameters.get(wanted.name)
    if wanted.string_match is None:
        present = True if wanted.present_match is None else wanted.present_match
        if (value is not None) != present:
            yield Doubt(Cause.QUERY, f"query parameter {wanted.name} is {'not ' if present else ''}there")
        return
    found = strings.matches(wanted.string_match, value) if value is not None else False
    if found is None:
        yield Doubt(Cause.QUERY, f"query parameter {wanted.name} is judged by an extension", None)
    elif not found:
        given = f"is {value!r}" if value is not None else "is missing"
        yield Doubt(Cause.QUERY, f"query parameter {wanted.name} {given}, wanted: "
                    f"{strings.described(wanted.string_match)}")  # fmt: skip


def _cookies(match: RouteMatch, request: Request) -> Iterator[Doubt]:
    if not match.cookies:
        return
    given: dict[str, str] = {}
    for pair in (request.header("cookie") or "").split(";"):
        name, equals, value = pair.strip().partition("=")
        if equals:
            given.setdefault(name, value.strip('"'))
    for cookie in decode(match.cookies, list[CookieMatcher]):
        text = given.get(cookie.name)
        fits = strings.matches(cookie.string_match, text) if text is not None else False
        if fits is None:
            yield Doubt(Cause.COOKIE, f"cookie {cookie.name} is judged by an extension", None)
        elif fits == cookie.invert_match:
            shown = f"is {text!r}" if text is not None else "is missing"
            inverted = " (inverted)" if cookie.invert_match else ""
            wanted = strings.described(cookie.string_match)
            yield Doubt(Cause.COOKIE, f"cookie {cookie.name} {shown}, wanted: {wanted}{inverted}")


def template_of(match: RouteMatch) -> str:
    """The path template of the match, empty for another extension."""
    found = decoded(match.path_match_policy)
    config = found.get("typed_config") if isinstance(found, dict) else None
    return str(config.get("path_template", "")) if isinstance(config, dict) else ""


def template_regex(template: str) -> str:
    """A path template as a regular expression: `*` and `{name}` are one segment, `**` and `{name=**}` any number.

    What stands for a name is a group of that name.
    """
    one, many = "[A-Za-z0-9._~%!$&'()+,;:@=-]+", "[A-Za-z0-9._~%!$&'()+,;:@=/-]*"
    pieces = re.split(r"(\{[^}]*\}|\*\*|\*)", template)
    found = ""
    for piece in pieces:
        if piece.startswith("{"):
            name, _, inner = piece[1:-1].partition("=")
            found += f"(?P<{name}>{template_regex(inner or '*')})"
        else:
            found += {"*": one, "**": many}.get(piece, re.escape(piece))
    return found


def _certificate(match: RouteMatch, setting: Setting) -> Iterator[Doubt]:
    wanted = match.tls_context
    if wanted is None:
        return
    for asked, word in ((wanted.presented, "presented"), (wanted.validated, "validated")):
        if asked is not None and (setting.tls and setting.client_certificate) != asked:
            yield Doubt(Cause.TLS, f"a client certificate is {'not ' if asked else ''}{word}")
