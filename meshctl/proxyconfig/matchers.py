"""What a route may ask of a request, in Envoy's form."""

from __future__ import annotations

import msgspec
from msgspec import Struct

_NOTHING = msgspec.Raw()


class RegexMatcher(Struct, frozen=True):
    """A regular expression of RE2 that must match the whole text."""

    regex: str = ""


class StringMatcher(Struct, frozen=True):
    """One way to match a text."""

    exact: str | None = None
    prefix: str | None = None
    suffix: str | None = None
    contains: str | None = None
    safe_regex: RegexMatcher | None = None
    ignore_case: bool = False
    custom: msgspec.Raw = _NOTHING


class Int64Range(Struct, frozen=True):
    """Numbers from `start` up to, but without, `end`; JSON has 64-bit numbers as texts."""

    start: str | int = "0"
    end: str | int = "0"


class HeaderMatcher(Struct, frozen=True):
    """A condition on a header; with none but the name, the header must be there."""

    name: str = ""
    string_match: StringMatcher | None = None
    range_match: Int64Range | None = None
    present_match: bool | None = None
    exact_match: str | None = None
    prefix_match: str | None = None
    suffix_match: str | None = None
    contains_match: str | None = None
    safe_regex_match: RegexMatcher | None = None
    invert_match: bool = False
    treat_missing_header_as_empty: bool = False


class QueryParameterMatcher(Struct, frozen=True):
    """A condition on a query parameter; with none but the name, the parameter must be there."""

    name: str = ""
    string_match: StringMatcher | None = None
    present_match: bool | None = None


class CookieMatcher(Struct, frozen=True):
    """A condition on a cookie; one that is missing fits only where the condition is inverted."""

    name: str = ""
    string_match: StringMatcher = StringMatcher()
    invert_match: bool = False


class FractionalPercent(Struct, frozen=True):
    """A share of requests."""

    numerator: int = 0
    denominator: str = "HUNDRED"

    @property
    def percent(self) -> float:
        """The share in percent."""
        return self.numerator * 100 / {"TEN_THOUSAND": 10_000, "MILLION": 1_000_000}.get(self.denominator, 100)


class RuntimeFraction(Struct, frozen=True):
    """A share of requests that a runtime key may change."""

    default_value: FractionalPercent = FractionalPercent()
    runtime_key: str = ""


class TlsContextMatch(Struct, frozen=True):
    """A condition on the client's certificate."""

    presented: bool | None = None
    validated: bool | None = None


class RouteMatch(Struct, frozen=True):
    """What a request must have for a route: one of the forms of path, and all the other conditions."""

    prefix: str | None = None
    path: str | None = None
    safe_regex: RegexMatcher | None = None
    path_separated_prefix: str | None = None
    connect_matcher: msgspec.Raw = _NOTHING
    path_match_policy: msgspec.Raw = _NOTHING
    case_sensitive: bool = True
    runtime_fraction: RuntimeFraction | None = None
    headers: list[HeaderMatcher] = []
    query_parameters: list[QueryParameterMatcher] = []
    cookies: msgspec.Raw = _NOTHING
    grpc: msgspec.Raw = _NOTHING
    tls_context: TlsContextMatch | None = None
    dynamic_metadata: msgspec.Raw = _NOTHING
    filter_state: msgspec.Raw = _NOTHING
