"""What becomes of a request that a route takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec
from msgspec import Struct

from meshctl.proxyconfig.envoy import decode, type_url
from meshctl.proxyconfig.matchers import FractionalPercent
from meshctl.proxyconfig.routes import RedirectAction, RegexRewrite, Route, RouteAction, VirtualHost
from meshctl.proxyconfig.trace.paths import without_query
from meshctl.proxyconfig.trace.request import Request
from meshctl.proxyconfig.trace.strings import compiled
from meshctl.proxyconfig.virtual_hosts import without_port

_REDIRECTS = {
    "MOVED_PERMANENTLY": 301,
    "FOUND": 302,
    "SEE_OTHER": 303,
    "TEMPORARY_REDIRECT": 307,
    "PERMANENT_REDIRECT": 308,
}
_NOT_FOUND = {"SERVICE_UNAVAILABLE": 503, "NOT_FOUND": 404, "INTERNAL_SERVER_ERROR": 500}


class _Abort(Struct, frozen=True):
    http_status: int = 0
    grpc_status: int | None = None
    percentage: FractionalPercent = FractionalPercent()


class _Delay(Struct, frozen=True):
    fixed_delay: str = ""
    percentage: FractionalPercent = FractionalPercent()


class _Fault(Struct, frozen=True):
    abort: _Abort | None = None
    delay: _Delay | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A cluster that requests may go to, with its share of them (0 to 1); no share where it is not known."""

    cluster: str
    share: float | None = 1.0


@dataclass(frozen=True, slots=True)
class Action:
    """An answer of the proxy itself (a status), or clusters to forward to."""

    status: int = 0
    location: str = ""
    targets: Sequence[Target] = ()
    not_found_status: int = 503
    """The answer where the proxy does not have the cluster."""

    path: str = ""
    authority: str = ""
    details: Sequence[str] = ()
    """What else the route does, a line for each."""


def action_of(route: Route, host: VirtualHost, request: Request) -> Action:
    """What the route does with the request."""
    if route.redirect is not None:
        status = _REDIRECTS.get(route.redirect.response_code, 301)
        return Action(status, _location(route.redirect, route, request))
    if route.direct_response is not None:
        return Action(route.direct_response.status)
    if route.route is not None:
        forward = route.route
        return Action(
            targets=_targets(forward, request),
            not_found_status=_NOT_FOUND.get(forward.cluster_not_found_response_code, 503),
            path=_rewritten_path(forward, route, request),
            authority=forward.host_rewrite_literal or request.header(forward.host_rewrite_header or "host") or "",
            details=_details(route, host, forward),
        )
    return Action(details=("what the route does is not known",))


def _targets(action: RouteAction, request: Request) -> Sequence[Target]:
    if action.cluster_header:
        return (Target(request.header(action.cluster_header) or ""),)
    weighted = action.weighted_clusters
    if weighted is None:
        return (Target(action.cluster),) if action.cluster else (Target("", None),)
    weights = [(part.name or request.header(part.cluster_header) or "", part.weight) for part in weighted.clusters]
    total = sum(weight for _, weight in weights)
    drawn = request.header(weighted.header_name) if weighted.header_name else None
    if drawn is not None and drawn.isdigit() and total:
        place = int(drawn) % total
        for name, weight in weights:
            if place < weight:
                return (Target(name),)
            place -= weight
    return tuple(Target(name, weight / total) for name, weight in weights if weight and total)


def _matched_part(route: Route, path: str) -> str:
    """The part of the path that a rewrite of the prefix replaces."""
    match = route.match
    if match.prefix is not None:
        return path[: len(match.prefix)]
    if match.path_separated_prefix is not None:
        return path[: len(match.path_separated_prefix)]
    return path


def _rewritten_path(action: RouteAction, route: Route, request: Request) -> str:
    plain = without_query(request.path)
    query = request.path[len(plain) :]
    if action.prefix_rewrite:
        return action.prefix_rewrite + plain[len(_matched_part(route, plain)) :] + query
    if action.regex_rewrite is not None:
        return _substituted(action.regex_rewrite, plain) + query
    return request.path


def _location(redirect: RedirectAction, route: Route, request: Request) -> str:
    """The value of the Location header."""
    host, port = without_port(request.authority), request.authority[len(without_port(request.authority)) :]
    changed = redirect.scheme_redirect or ("https" if redirect.https_redirect else "")
    if changed and (request.scheme, port) in (("http", ":80"), ("https", ":443")):
        port = ""  # the port of the old scheme would be a wrong one of the new
    if redirect.host_redirect:
        port = ""
    if redirect.port_redirect:
        port = f":{redirect.port_redirect}"
    plain = without_query(request.path)
    query = request.path[len(plain) :]
    path = plain
    if redirect.path_redirect:
        path = redirect.path_redirect
        if "?" in path:
            query = ""
    elif redirect.prefix_rewrite:
        path = redirect.prefix_rewrite + plain[len(_matched_part(route, plain)) :]
    elif redirect.regex_rewrite is not None:
        path = _substituted(redirect.regex_rewrite, plain)
    if redirect.strip_query:
        query = ""
    return f"{changed or request.scheme}://{redirect.host_redirect or host}{port}{path}{query}"


def _substituted(rewrite: RegexRewrite, path: str) -> str:
    pattern = compiled(rewrite.pattern.regex)
    return path if pattern is None else str(pattern.sub(rewrite.substitution, path))


def _details(route: Route, host: VirtualHost, action: RouteAction) -> Sequence[str]:
    found = []
    if action.timeout and action.timeout != "0s":
        found.append(f"timeout {action.timeout}")
    retry = action.retry_policy or host.retry_policy
    if retry is not None and retry.retry_on:
        per_try = f", {retry.per_try_timeout} each" if retry.per_try_timeout else ""
        found.append(f"up to {retry.num_retries} retries on {retry.retry_on}{per_try}")
    for mirror in action.request_mirror_policies or host.request_mirror_policies:
        share = mirror.runtime_fraction.default_value.percent if mirror.runtime_fraction else 100.0
        found.append(f"copies {share:g} % of the requests to {mirror.cluster or mirror.cluster_header}")
    if action.path_rewrite_policy:
        found.append("the path is rewritten by a template, which is not followed here")
    if action.auto_host_rewrite:
        found.append("the host becomes that of the endpoint")
    if action.host_rewrite_path_regex:
        found.append("the host is made of the path, which is not followed here")
    configurations = {**host.typed_per_filter_config, **route.typed_per_filter_config}
    return (*found, *faults(configurations.values()))


def faults(configurations: Iterable[msgspec.Raw]) -> Iterator[str]:
    """What fault filters among the configurations do."""
    for raw in configurations:
        if not type_url(raw).endswith(".HTTPFault"):
            continue
        fault = decode(raw, _Fault)
        if fault.abort is not None:
            answer = fault.abort.http_status or f"gRPC status {fault.abort.grpc_status}"
            yield f"fault: answers {fault.abort.percentage.percent:g} % of the requests with {answer}"
        if fault.delay is not None:
            length = fault.delay.fixed_delay or "what a header says"
            yield f"fault: delays {fault.delay.percentage.percent:g} % of the requests by {length}"
