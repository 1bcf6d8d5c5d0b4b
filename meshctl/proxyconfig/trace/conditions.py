"""Whether a request fulfils what a route asks for, and if not, what it lacks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from meshctl.proxyconfig.envoy import decode, decoded
from meshctl.proxyconfig.matchers import CookieMatcher, HeaderMatcher, QueryParameterMatcher, RouteMatch, StringMatcher
from meshctl.proxyconfig.trace import strings
from meshctl.proxyconfig.trace.paths import query_parameters, without_query
from meshctl.proxyconfig.trace.request import Request
from meshctl.proxyconfig.views.route_match import CONFIDENTIAL, HIDDEN


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
        template = _template(match)
        if not template:
            yield Doubt(Cause.PATH, "the path is judged by an extension that is not followed here", None)
        elif not strings.regex_matches(template_regex(template), path):
            yield Doubt(Cause.PATH, f"path {path} does not fit {template}")


def _header(header: HeaderMatcher, request: Request) -> Iterator[Doubt]:
    values = request.values(header.name)
    cause = Cause.METHOD if header.name.lower() == ":method" else Cause.HEADER
    found = _header_matches(header, values)
    name = {":method": "method", ":authority": "host", ":path": "path with query", ":scheme": "scheme"}.get(
        header.name, f"header {header.name}"
    )
    if found is None:
        yield Doubt(cause, f"{name} is judged by an extension", None)
    elif not found:
        inverted = " (inverted)" if header.invert_match else ""
        secret = header.name.lower() in CONFIDENTIAL
        shown = HIDDEN if secret else " and ".join(map(repr, values))
        given = f"{name} is {shown}" if values else f"there is no {name}"
        yield Doubt(cause, f"{given}, wanted: {HIDDEN if secret else _wanted(header)}{inverted}")


def _header_matches(header: HeaderMatcher, values: Sequence[str]) -> bool | None:
    """Whether a header fits: any of its values does, inverted where that is asked for.

    One that is missing fits no condition on a value, inverted or not, unless it is to be taken as empty.
    """
    matcher = _string(header)
    if header.range_match is None and matcher is None:
        present = True if header.present_match is None else header.present_match
        there = bool(values) or header.treat_missing_header_as_empty
        return (there == present) != header.invert_match
    if not values:
        if not header.treat_missing_header_as_empty:
            return False
        values = ("",)
    if matcher is not None:
        found = [strings.matches(matcher, value) for value in values]
        if None in found:
            return None
        return any(found) != header.invert_match
    assert header.range_match is not None
    start, end = int(header.range_match.start), int(header.range_match.end)
    numbers = map(_integer, values)
    return any(number is not None and start <= number < end for number in numbers) != header.invert_match


def _string(header: HeaderMatcher) -> StringMatcher | None:
    """The condition on the text, also where it is written in one of the forms of older Envoys."""
    if header.string_match is not None:
        return header.string_match
    if header.exact_match is not None:
        return StringMatcher(exact=header.exact_match)
    if header.prefix_match is not None:
        return StringMatcher(prefix=header.prefix_match)
    if header.suffix_match is not None:
        return StringMatcher(suffix=header.suffix_match)
    if header.contains_match is not None:
        return StringMatcher(contains=header.contains_match)
    return StringMatcher(safe_regex=header.safe_regex_match) if header.safe_regex_match is not None else None


def _wanted(header: HeaderMatcher) -> str:
    if header.range_match is not None:
        return f"from {header.range_match.start} to before {header.range_match.end}"
    matcher = _string(header)
    if matcher is not None:
        return strings.described(matcher)
    return "it is not there" if header.present_match is False else "it is there"


def _integer(text: str) -> int | None:
    text = text.strip()
    digits = text[1:] if text[:1] in ("-", "+") else text
    return int(text) if digits.isascii() and digits.isdigit() else None


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


def _template(match: RouteMatch) -> str:
    """The path template of the match, empty for another extension."""
    found = decoded(match.path_match_policy)
    config = found.get("typed_config") if isinstance(found, dict) else None
    return str(config.get("path_template", "")) if isinstance(config, dict) else ""


def template_regex(template: str) -> str:
    """A path template as a regular expression: `*` and `{name}` are one segment, `**` and `{name=**}` any number."""
    one, many = "[A-Za-z0-9._~%!$&'()+,;:@=-]+", "[A-Za-z0-9._~%!$&'()+,;:@=/-]*"
    pieces = re.split(r"(\{[^}]*\}|\*\*|\*)", template)
    found = ""
    for piece in pieces:
        inner = piece[1:-1].partition("=")[2] or "*" if piece.startswith("{") else piece
        if piece.startswith("{") and inner not in ("*", "**"):
            found += template_regex(inner)
        else:
            found += {"*": one, "**": many}.get(inner, re.escape(inner))
    return found


def _certificate(match: RouteMatch, setting: Setting) -> Iterator[Doubt]:
    wanted = match.tls_context
    if wanted is None:
        return
    for asked, word in ((wanted.presented, "presented"), (wanted.validated, "validated")):
        if asked is not None and (setting.tls and setting.client_certificate) != asked:
            yield Doubt(Cause.TLS, f"a client certificate is {'not ' if asked else ''}{word}")
