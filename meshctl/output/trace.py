"""The way of a request, for people and as data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from meshctl.output.access import access_data, access_lines
from meshctl.output.terminal import Paint
from meshctl.proxyconfig.listeners import FilterChain
from meshctl.proxyconfig.names import istio_resource
from meshctl.proxyconfig.rbac.verdict import Outcome
from meshctl.proxyconfig.rbac.verdict import Verdict as Access
from meshctl.proxyconfig.routes import Route
from meshctl.proxyconfig.trace.following import Arrival, Trace, Verdict, chain_name
from meshctl.proxyconfig.views.route_match import conditions_text, methods_text, path_text

_LABEL = 14
_SHOWN = 20
"""So many losers are listed; JSON has all of them."""


def trace_text(trace: Trace, access: Access | None, paint: Paint, *, every: bool = False) -> str:
    """The way step by step; `access` is what the filters on it decide, None where none of them is about access."""
    return "\n".join(_lines(trace, access, paint, every))


def trace_data(trace: Trace, access: Access | None) -> dict[str, Any]:
    """The same as data."""
    listener, captured = trace.listener.listener, trace.listener.captured_by
    found: dict[str, Any] = {
        "request": {"method": trace.request.method, "host": trace.request.authority, "path": trace.request.path},
        "connection": {
            "address": trace.connection.destination,
            "port": trace.connection.port,
            "transport": trace.detected.transport if trace.detected else "",
            "serverName": trace.detected.server_name if trace.detected else "",
            "applicationProtocols": list(trace.detected.protocols) if trace.detected else [],
        },
        "listener": {"name": listener.name, "resource": resource(listener.metadata.config)} if listener else None,
        "capturedBy": captured.name if captured else None,
    }
    if trace.chain is not None and listener is not None:
        chain = trace.chain.chain
        found["filterChain"] = (
            {"name": chain_name(chain, listener), "default": trace.chain.default,
             "resource": resource(chain.metadata.config), "matched": list(trace.chain.way)} if chain else None
        )  # fmt: skip
        found["otherFilterChains"] = [
            {"name": chain_name(lost.chain, listener), "criterion": lost.criterion, "reason": lost.reason}
            for lost in trace.chain.lost
        ]
    found["protocol"] = trace.protocol
    if trace.protocol == "http":
        host = trace.host
        found["filters"] = _others(trace, access)
        found["routeScope"] = trace.scope
        found["routeConfiguration"] = trace.route_configuration
        found["virtualHost"] = (
            {"name": host.virtual_host.name, "domain": host.domain} if host and host.virtual_host else None
        )
        found["matched"] = list(trace.way)
        found["route"] = _route_data(trace.taken) if trace.taken else None
        found["possibleRoutes"] = [_route_data(one) for one in trace.perhaps]
        found["otherRoutes"] = [_route_data(one) for one in trace.verdicts if one is not trace.taken]
    found["access"] = access_data(access) if access else None
    found["destinations"] = [_arrival_data(one) for one in trace.arrivals]
    found["answer"] = {"status": trace.answer, "location": trace.action.location if trace.action else "",
                       "reason": trace.reason}  # fmt: skip
    found["details"] = list(trace.action.details) if trace.action else []
    found["notes"] = list(trace.notes)
    return found


def resource(path: str) -> str:
    """The Istio resource of a path: `VirtualService reviews.default`."""
    found = istio_resource(path)
    return f"{''.join(word.capitalize() for word in found.kind.split('-'))} {found}" if found else ""


def _lines(trace: Trace, access: Access | None, paint: Paint, every: bool) -> Iterator[str]:
    connection, detected = trace.connection, trace.detected
    yield _line("request", f"{trace.request.method} {trace.request.authority}{trace.request.path}")
    where = f"[{connection.destination}]" if ":" in connection.destination else connection.destination or "unknown"
    how = f"TLS for {detected.server_name or 'no name'}" if detected and detected.transport == "tls" else "plain text"
    if connection.tls and detected and detected.transport != "tls":
        how = "TLS, which no inspector of the listener sees"
    protocols = f", {', '.join(detected.protocols)}" if detected and detected.protocols else ""
    yield _line("connection", f"to {where}:{connection.port} ({how}{protocols})")
    yield from _listener_lines(trace, paint, every)
    for number, line in enumerate(access_lines(access, paint) if access else ()):
        yield _line("" if number else "access", line)
    if trace.protocol == "http":
        yield from _route_lines(trace, paint, every)
    for arrival in trace.arrivals:
        yield from _arrival_lines(arrival, every)
    for detail in trace.action.details if trace.action else ():
        yield _line("", detail)
    doubt = ", if the filters let it through" if access and access.outcome is Outcome.UNKNOWN else ""
    sure = not (trace.status or trace.reason or doubt)
    yield _line("answer", paint(_answer(trace) + doubt, "green" if sure else "yellow"))
    others = _others(trace, access)
    if others:
        yield _line("before it", f"may answer first: {', '.join(others)}")
    for note in trace.notes:
        yield _line("note", note)


def _others(trace: Trace, access: Access | None) -> list[str]:
    """The filters that may answer, without those of which is told what they decide."""
    decided = {step.filter for step in access.steps} if access else set()
    return [name for name in trace.filters if name not in decided]


def _listener_lines(trace: Trace, paint: Paint, every: bool) -> Iterator[str]:
    listener = trace.listener.listener
    if listener is None:
        return
    by = f", handed over by {trace.listener.captured_by.name}" if trace.listener.captured_by else ""
    yield _line("listener", f"{listener.name}{by}{_made_by(listener.metadata.config)}")
    if trace.chain is None:
        return
    chain = trace.chain.chain
    if chain is not None:
        default = " (the default, as no other fits)" if trace.chain.default else ""
        yield _line("filter chain", f"{chain_name(chain, listener)}{default}{_made_by(_chain_config(chain))}")
        if trace.chain.way:
            yield _line("", f"as {', and '.join(trace.chain.way)}")
    for lost in _cut(trace.chain.lost, every):
        yield _line("", paint(f"not {chain_name(lost.chain, listener)}: {lost.reason}", "dim"))
    yield from _more(len(trace.chain.lost), every)


def _route_lines(trace: Trace, paint: Paint, every: bool) -> Iterator[str]:
    if trace.route_configuration:
        scope = f" (of scope {trace.scope})" if trace.scope else ""
        yield _line("routes", trace.route_configuration + scope)
    if trace.host is None or trace.host.virtual_host is None:
        return
    yield _line("virtual host", f"{trace.host.virtual_host.name} (domain {trace.host.domain})"
                f"{_made_by(trace.host.virtual_host.metadata.config)}")  # fmt: skip
    if trace.way:
        yield _line("", f"its routes are chosen as {', and '.join(trace.way)}")
    taken, perhaps = trace.taken, trace.perhaps
    losers = [one for one in trace.verdicts if one is not taken and one not in perhaps]
    for verdict in perhaps:
        yield _line("perhaps", f"{_route_text(verdict.route, verdict.index)}: {_reasons(verdict)}")
    if taken is not None:
        yield _line(
            "route", paint(_route_text(taken.route, taken.index), "bold") + _made_by(taken.route.metadata.config)
        )
    for verdict in _cut(losers, every):
        text = f"not {_route_text(verdict.route, verdict.index)}: {_reasons(verdict)}"
        yield _line("", paint(text, "dim") + _made_by(verdict.route.metadata.config))
    yield from _more(len(losers), every)


def _arrival_lines(arrival: Arrival, every: bool) -> Iterator[str]:
    share = arrival.target.share
    part = "" if share == 1 else "an unknown share to " if share is None else f"{share * 100:.4g} % to "
    made_by = _made_by(arrival.cluster.metadata.config) if arrival.cluster else ", which the proxy does not have"
    host = f", for host {arrival.target.host}" if arrival.target.host else ""
    subset = ", ".join(f"{key}={value}" for key, value in arrival.target.subset.items())
    of_subset = f", subset {subset}" if subset else ""
    yield _line("cluster", f"{part}{arrival.target.cluster or 'one that is not known'}{of_subset}{made_by}{host}")
    for endpoint in _cut(arrival.endpoints, every):
        health = "" if endpoint.health in ("HEALTHY", "UNKNOWN") else f", {endpoint.health.lower()}"
        place = f", {endpoint.locality}" if endpoint.locality else ""
        yield _line("endpoint", f"{endpoint.address} ({endpoint.share * 100:.4g} %{health}{place})")
    if arrival.empty:
        yield _line("endpoint", "none")
    yield from _more(len(arrival.endpoints), every)


def _answer(trace: Trace) -> str:
    reason = f": {trace.reason}" if trace.reason else ""
    if trace.status:
        grpc = f", with the status {trace.status} put into grpc-status" if trace.answer != trace.status else ""
        location = f" to {trace.action.location}" if trace.action and trace.action.location else ""
        return f"the proxy answers {trace.answer}{location}{grpc}{reason}"
    if trace.reason:
        return trace.reason
    path = trace.action.path if trace.action else ""
    changed = f", as {path}" if path and path != trace.request.path else ""
    host = trace.action.authority if trace.action else ""
    told = ("", trace.request.authority, *(one.target.host for one in trace.arrivals))
    renamed = f", for host {host}" if host not in told else ""
    return f"that of the endpoint{changed}{renamed}"


def _route_text(route: Route, index: int) -> str:
    name = f" {route.name}" if route.name else ""
    method = "" if methods_text(route.match) == "-" else f"{methods_text(route.match)} "
    conditions = "" if conditions_text(route.match) == "-" else f" {conditions_text(route.match)}"
    return f"{index + 1}{name} [{method}{path_text(route.match) or 'any path'}{conditions}]"


def _reasons(verdict: Verdict) -> str:
    return "; ".join(doubt.reason for doubt in verdict.doubts)


def _route_data(verdict: Verdict) -> dict[str, Any]:
    return {
        "index": verdict.index + 1,
        "name": verdict.route.name,
        "path": path_text(verdict.route.match),
        "resource": resource(verdict.route.metadata.config),
        "chance": verdict.chance,
        "reasons": [{"cause": str(doubt.cause), "reason": doubt.reason} for doubt in verdict.doubts],
    }


def _arrival_data(arrival: Arrival) -> dict[str, Any]:
    return {
        "cluster": arrival.target.cluster,
        "share": arrival.target.share,
        "host": arrival.target.host,
        "subset": dict(arrival.target.subset),
        "known": arrival.cluster is not None,
        "resource": resource(arrival.cluster.metadata.config) if arrival.cluster else "",
        "endpoints": [
            {"address": one.address, "share": one.share, "health": one.health, "priority": one.priority,
             "locality": one.locality, "weight": one.weight}
            for one in arrival.endpoints
        ],
    }  # fmt: skip


def _chain_config(chain: FilterChain) -> str:
    return chain.metadata.config


def _made_by(path: str) -> str:
    found = resource(path)
    return f" (from {found})" if found else ""


def _line(label: str, text: str) -> str:
    return f"{label:<{_LABEL}}{text}"


def _cut(found: Sequence[Any], every: bool) -> Sequence[Any]:
    return found if every else found[:_SHOWN]


def _more(count: int, every: bool) -> Iterator[str]:
    if count > _SHOWN and not every:
        yield _line("", f"and {count - _SHOWN} more (--all shows them)")
