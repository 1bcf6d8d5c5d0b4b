"""The filters that a request meets in a proxy, out of its config dump."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from meshctl.proxyconfig.dump import ConfigDump
from meshctl.proxyconfig.envoy import Extension
from meshctl.proxyconfig.errors import DumpError
from meshctl.proxyconfig.json_names import with_field_names
from meshctl.proxyconfig.listeners import FilterChain
from meshctl.proxyconfig.network_filters import http_connection_manager
from meshctl.proxyconfig.rbac.attributes import Attributes, HttpRequest
from meshctl.proxyconfig.rbac.deciding import decide
from meshctl.proxyconfig.rbac.scene import encrypted, request_of
from meshctl.proxyconfig.rbac.stack import Filter, FilterStack
from meshctl.proxyconfig.rbac.verdict import Outcome, Verdict
from meshctl.proxyconfig.sections import ECDS
from meshctl.proxyconfig.trace.following import Trace
from meshctl.proxyconfig.trace.names_of_hosts import routes_of
from meshctl.proxyconfig.trace.question import INBOUND, MUTUAL, PLAIN, SIMPLE, Question, answer
from meshctl.proxyconfig.trace.route_filters import RouteFilters, route_filters
from meshctl.proxyconfig.virtual_hosts import without_port


def decide_at(dump: ConfigDump, port: int, attributes: Attributes) -> Verdict:
    """What becomes of a request to a port of the pod or gateway. Raises `DumpError`."""
    return decide_there(dump, reached(dump, port, attributes), attributes)


def decide_there(dump: ConfigDump, found: Trace, attributes: Attributes) -> Verdict:
    """What becomes of a request that was followed to the port that it reaches."""
    if found.chain is None or found.chain.chain is None:
        unknown = found.chain is not None and found.chain.doubt
        return Verdict(Outcome.UNKNOWN if unknown else Outcome.DENIED, found.reason, None, ())
    return decide(stack_of(dump, found), replace(attributes, destination_port=found.connection.port))


def stack_for(dump: ConfigDump, port: int, attributes: Attributes) -> FilterStack:
    """The filters of the chain that a request to a port of the pod or gateway gets. Raises `DumpError`."""
    found = reached(dump, port, attributes)
    if found.chain is None or found.chain.chain is None:
        raise DumpError(found.reason, hint="compare with proxy-config listener")
    return stack_of(dump, found)


def reached(dump: ConfigDump, port: int, attributes: Attributes, *, of_url: bool = False) -> Trace:
    """The way of a request to a port of the pod; one `of_url` may be that of the service of a gateway."""
    http = attributes.http or HttpRequest()
    tls = MUTUAL if attributes.peer else SIMPLE if encrypted(attributes) else PLAIN
    host = without_port(http.host).strip("[]")
    request = replace(request_of(http, http.path, http.host, tls=tls != PLAIN), host=host, port=port)
    name, to, source = attributes.server_name, attributes.destination_ip, attributes.source_ip
    return answer(dump, Question(request, INBOUND, 0 if of_url else port, to, source, tls, name))


def stack_of(dump: ConfigDump, trace: Trace) -> FilterStack:
    """The filters that a request met that was followed through a proxy, as its route changes them."""
    assert trace.chain is not None
    assert trace.chain.chain is not None
    found = _all_filters(dump, trace.chain.chain)
    if found.manager is None:
        return found
    host = trace.host.virtual_host if trace.host is not None else None
    route = trace.taken.route if trace.taken is not None else None
    said = route_filters(routes_of(dump, found.manager, trace.request), host, route)
    return replace(found, filters=tuple(_changed(found.filters, said)))


def filters_of(dump: ConfigDump, chain: FilterChain) -> FilterStack:
    """All filters of a chain, but those that are switched off where no route turns them on."""
    found = _all_filters(dump, chain)
    return replace(found, filters=tuple(one for one in found.filters if not one.disabled))


def _all_filters(dump: ConfigDump, chain: FilterChain) -> FilterStack:
    found: list[Filter] = []
    for filter_ in chain.filters:
        manager = http_connection_manager(filter_)
        if manager is not None:
            found += [Filter(one.name, _config(dump, one), disabled=one.disabled) for one in manager.http_filters]
            return FilterStack(tuple(found), speaks_http=True, manager=manager)
        found.append(Filter(filter_.name, _config(dump, filter_), http=False))
    return FilterStack(tuple(found), speaks_http=False)


def _config(dump: ConfigDump, filter_: Extension) -> Mapping[str, Any]:
    """The configuration, which the control plane may serve by itself."""
    if filter_.config_discovery and dump.has(ECDS):
        served = next((entry for entry in dump.extensions if entry.resource.name == filter_.name), None)
        return served.resource.config if served is not None else {}
    return filter_.config


def _changed(filters: Sequence[Filter], said: RouteFilters) -> Iterator[Filter]:
    for one in filters:
        if not one.http:
            yield one
        elif not said.switched_off(one.name, by_default=one.disabled):
            override = said.config(one.name)
            config = one.config if override is None else _overridden(one.config, override)
            if config is not None:
                yield replace(one, config=config, disabled=False)


def _overridden(config: Mapping[str, Any], override: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The configuration for one route; None where the filter is switched off."""
    if override.get("disabled"):
        return None
    if "rbac" in override:
        return {"@type": config.get("@type", ""), **override["rbac"]}
    kind = str(override.get("@type", "")).rpartition(".")[2]
    if kind == "RBACPerRoute":
        return None
    name = override.get("requirement_name")
    if name is not None:
        plain: Mapping[str, Any] = with_field_names(config)
        return {**plain, "rules": [{"match": {"prefix": "/"}, "requirement_name": name}]}
    return config
