"""What becomes of a request that a route takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import msgspec
from msgspec import Struct

from meshctl.proxyconfig.envoy import decode, type_url
from meshctl.proxyconfig.matchers import FractionalPercent
from meshctl.proxyconfig.network_filters import TcpProxy
from meshctl.proxyconfig.routes import RedirectAction, Route, RouteAction, VirtualHost, WeightedClusters
from meshctl.proxyconfig.trace import rewriting
from meshctl.proxyconfig.trace.paths import without_query
from meshctl.proxyconfig.trace.request import Request
from meshctl.proxyconfig.trace.subsets import Wanted, wanted_by
from meshctl.proxyconfig.virtual_hosts import without_port

_REDIRECTS = {
    "MOVED_PERMANENTLY": 301,
    "FOUND": 302,
    "SEE_OTHER": 303,
    "TEMPORARY_REDIRECT": 307,
    "PERMANENT_REDIRECT": 308,
}
_NUMBERS = 1 << 64
"""A header that draws among clusters has a number of 64 bits, or does not count."""

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
    host: str = ""
    """The host that requests get on this way, where the route itself does not change it."""

    subset: Wanted = field(default_factory=dict)
    """What is asked of the endpoints of the cluster, where it has subsets."""


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


def action_of(route: Route, virtual_host: VirtualHost, request: Request) -> Action:
    """What the route does with the request."""
    if route.redirect is not None:
        status = _REDIRECTS.get(route.redirect.response_code, 301)
        return Action(status, _location(route.redirect, route, request))
    if route.direct_response is not None:
        return Action(route.direct_response.status)
    if route.route is not None:
        forward = route.route
        host = rewriting.rewritten_host(forward, request)
        targets = _targets(forward, request, rewrites_host=bool(host))
        return Action(
            targets=targets,
            not_found_status=_NOT_FOUND.get(forward.cluster_not_found_response_code, 503),
            path=rewriting.rewritten_path(forward, route, request),
            authority=host or (targets[0].host if len(targets) == 1 else "") or request.authority,
            details=_details(route, virtual_host, forward),
        )
    return Action(details=("what the route does is not known",))


def _targets(action: RouteAction, request: Request, *, rewrites_host: bool) -> Sequence[Target]:
    weighted = action.weighted_clusters
    if weighted is not None:
        return _weighted_targets(weighted, action, request, rewrites_host=rewrites_host)
    name = request.header(action.cluster_header) or "" if action.cluster_header else action.cluster
    known = name or action.cluster_header
    return (Target(name, 1.0 if known else None, subset=wanted_by(action.metadata_match)),)


def _weighted_targets(
    weighted: WeightedClusters, action: RouteAction, request: Request, *, rewrites_host: bool
) -> Sequence[Target]:
    total = sum(part.weight for part in weighted.clusters)
    found = [
        (part.weight, Target(
            part.name or request.header(part.cluster_header) or "",
            part.weight / total,
            "" if rewrites_host else part.host_rewrite_literal,
            wanted_by(action.metadata_match, part.metadata_match),
        ))
        for part in weighted.clusters if part.weight
    ]  # fmt: skip
    drawn = request.header(weighted.header_name) if weighted.header_name else None
    if drawn is not None and drawn.isdigit() and int(drawn) < _NUMBERS and total:
        place = int(drawn) % total
        for weight, target in found:
            if place < weight:
                return (replace(target, share=1.0),)
            place -= weight
    return tuple(target for _, target in found)


def tcp_targets(proxy: TcpProxy, cluster_by_name: str = "") -> Sequence[Target]:
    """The clusters that a TCP proxy sends connections to; a filter before it may have chosen one."""
    if proxy.weighted_clusters is None or cluster_by_name:
        return (Target(cluster_by_name or proxy.cluster, subset=wanted_by(proxy.metadata_match)),)
    parts = proxy.weighted_clusters.clusters
    total = sum(part.weight for part in parts)
    return [
        Target(part.name, part.weight / total, subset=wanted_by(proxy.metadata_match, part.metadata_match))
        for part in parts
        if part.weight
    ]


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
        path = redirect.prefix_rewrite + plain[len(rewriting.matched_part(route, plain)) :]
    elif redirect.regex_rewrite is not None:
        path = rewriting.substituted(redirect.regex_rewrite, plain)
    if redirect.strip_query:
        query = ""
    return f"{changed or request.scheme}://{redirect.host_redirect or host}{port}{path}{query}"


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
    if rewriting.rewrites_unknown(action):
        found.append("the path is rewritten by an extension, which is not followed here")
    if action.auto_host_rewrite:
        found.append("the host becomes that of the endpoint")
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
