"""The text of what a route matches."""

from __future__ import annotations

from meshctl.proxyconfig.envoy import type_url
from meshctl.proxyconfig.matchers import HeaderMatcher, QueryParameterMatcher, RouteMatch, StringMatcher

METHOD = ":method"

CONFIDENTIAL = frozenset("authorization cookie proxy-authorization x-api-key x-auth-token".split())
"""Headers whose values are secrets, and are not shown."""

HIDDEN = "[redacted]"
"""What is shown instead of a secret."""


def path_text(match: RouteMatch) -> str:
    """The condition on the path, as istioctl writes it."""
    pieces = []
    if match.prefix is not None:
        pieces.append(f"{match.prefix}*")
    if match.path_separated_prefix is not None:
        pieces.append(f"PathPrefix:{match.path_separated_prefix}")
    if match.path is not None:
        pieces.append(match.path)
    if match.safe_regex is not None:
        pieces.append(f"regex {match.safe_regex.regex}")
    return " ".join(pieces)


def methods_text(match: RouteMatch) -> str:
    """The methods that a route takes, `-` for all."""
    found = [_value(header) for header in match.headers if header.name == METHOD]
    return ",".join(found) or "-"


def conditions_text(match: RouteMatch) -> str:
    """All conditions of a route but those on path and method, `-` for none."""
    found = [header_text(header) for header in match.headers if header.name != METHOD]
    found += [f"?{_parameter_text(parameter)}" for parameter in match.query_parameters]
    if not match.case_sensitive:
        found.append("path in any case")
    if match.runtime_fraction:
        found.append(f"{match.runtime_fraction.default_value.percent:g}% of requests")
    if match.grpc:
        found.append("gRPC")
    if match.connect_matcher:
        found.append("CONNECT")
    if match.path_match_policy:
        found.append(f"path by {type_url(match.path_match_policy).rpartition('.')[2] or 'a template'}")
    if match.tls_context:
        found.append("client certificate")
    others = {"cookies": match.cookies, "metadata": match.dynamic_metadata, "filter state": match.filter_state}
    found += [text for text, part in others.items() if part]
    return ", ".join(found) or "-"


def header_text(header: HeaderMatcher) -> str:
    """The condition on a header: `name=value`, `name=value*`, `name~regex`, or the name when it must be there."""
    return f"{'!' if header.invert_match else ''}{header.name}{_joined(_value(header))}"


def _joined(value: str) -> str:
    """What is written behind a name for the condition on its value."""
    return value if not value or value[0] in "~[" else f"={value}"


def _value(header: HeaderMatcher) -> str:
    text = header.string_match or StringMatcher(
        exact=header.exact_match,
        prefix=header.prefix_match,
        suffix=header.suffix_match,
        contains=header.contains_match,
        safe_regex=header.safe_regex_match,
    )
    if header.range_match:
        return f"[{header.range_match.start},{header.range_match.end})"
    if header.present_match is False:
        return "[absent]"
    shown = string_text(text)
    return HIDDEN if shown and header.name.lower() in CONFIDENTIAL else shown


def _parameter_text(parameter: QueryParameterMatcher) -> str:
    return parameter.name + _joined(string_text(parameter.string_match or StringMatcher()))


def string_text(matcher: StringMatcher) -> str:
    """A condition on a text: `value`, `beginning*`, `*ending`, `*part*` or `~regex`; empty for none."""
    if matcher.exact is not None:
        return matcher.exact
    if matcher.prefix is not None:
        return f"{matcher.prefix}*"
    if matcher.suffix is not None:
        return f"*{matcher.suffix}"
    if matcher.contains is not None:
        return f"*{matcher.contains}*"
    return f"~{matcher.safe_regex.regex}" if matcher.safe_regex else ""
