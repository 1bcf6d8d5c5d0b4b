"""VirtualService: what its schema cannot say (VS1-VS10, VT1-VT13); its HTTP routes have a module of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from meshctl.messages import DOUBTFUL, INVALID, OVERLOOKED, Message, MessageType
from meshctl.model.hosts import HostMap
from meshctl.model.kinds.virtual_service import MESH_GATEWAY, VIRTUAL_SERVICE
from meshctl.model.resource import Field, Resource
from meshctl.schema.grammars import hosts
from meshctl.schema.rules.destinations import destination
from meshctl.schema.rules.http_routes import Context, http_route
from meshctl.schema.rules.labels import labels
from meshctl.schema.rules.metadata import ROUTE_SEMANTICS, annotation_rules, by_gateway_api
from meshctl.schema.rules.reachability import unreachable
from meshctl.schema.rules.reporting import doubtful, invalid, not_negative, optional_port, shown, text, texts
from meshctl.schema.rules.visibility import export_to
from meshctl.schema.rules.weights import weights
from meshctl.schema.validators import validator


@validator(VIRTUAL_SERVICE)
def virtual_service(resource: Resource) -> Iterator[Message]:
    """Checks a virtual service."""
    spec = resource.spec
    yield from annotation_rules(resource)
    names = spec["gateways"].texts
    at_gateway = bool(names) and MESH_GATEWAY not in names
    derived = by_gateway_api(resource, ROUTE_SEMANTICS)
    delegate = not spec["hosts"]
    if delegate:
        for name in ("gateways", "tls", "tcp"):
            if spec[name]:
                problem = "cannot be set in a virtual service without hosts, which others delegate to"
                yield invalid(spec[name], problem, "add hosts, or remove it", key=True)
    yield from gateway_references(spec["gateways"], DOUBTFUL, both=not derived)
    host = _sni_or_host if at_gateway and _has_sni(spec) else hosts.wildcard_host
    yield from _hosts(spec["hosts"], host, at_gateway)
    if not (spec["http"] or spec["tcp"] or spec["tls"]):
        yield invalid(spec, "has no routes: it needs http, tls or tcp", key=True)
    context = Context(delegate=delegate, at_gateway=at_gateway, derived=derived)
    for route in spec["http"]:
        yield from http_route(route, context)
        for match in route["match"]:
            if "gateways" in match.mapping:
                yield from gateway_references(match["gateways"], OVERLOOKED)
    if spec["tls"]:
        served: HostMap[bool] = HostMap()
        for name in spec["hosts"].texts:
            served.add(name, True)
        for route in spec["tls"]:
            yield from _tls_route(route, host, served, context)
    for route in spec["tcp"]:
        for match in route["match"]:
            yield from gateway_references(match["gateways"], OVERLOOKED)
            yield from _layer_4_match(match)
        yield from _layer_4_destinations(route, context)
    for name in ("http", "tls", "tcp"):
        if name in spec.mapping:
            yield from unreachable(spec[name])
    yield from export_to(spec["exportTo"])


def gateway_references(field: Field, warning: MessageType, *, both: bool = True) -> Iterator[Message]:
    """Checks names of gateways: `name` or `namespace/name`; only the namespace unless `both`.

    Istio looks no further than the first name without a slash: what is wrong with those behind it is a warning of ours.
    """
    if not field.value:
        return
    error, hint = INVALID, ""
    for item in field:
        namespace, slash, name = item.text.partition("/")
        if slash:
            if problem := hosts.label(namespace):
                yield doubtful(item, f"{shown(item.text)}: the namespace {problem}", hint, as_type=error)
            if both and (problem := hosts.label(name)):
                yield doubtful(item, f"{shown(item.text)}: the name {problem}", hint, as_type=error)
            continue
        if problem := hosts.host(item.text):
            yield doubtful(item, f"{shown(item.text)} is no name of a gateway: {problem}", hint, as_type=error)
        elif "." in item.text:
            first, second = item.text.split(".")[:2]
            yield doubtful(item, f"{shown(item.text)} is the old form", f"write {second}/{first}", as_type=warning)
        error = warning = OVERLOOKED
        hint = "correct it, although Istio accepts it behind a name without a slash: the gateway cannot exist"


def _has_sni(spec: Field) -> bool:
    return any(match["sniHosts"] for route in spec["tls"] for match in route["match"])


def _sni_or_host(name: str) -> str:
    if name.startswith("outbound_"):
        return "" if hosts.is_sni_name(name) else "has the form of a name between clusters, but lacks its parts"
    return hosts.wildcard_host(name)


def _hosts(field: Field, grammar: Callable[[str], str], at_gateway: bool) -> Iterator[Message]:
    good = True
    for item in field:
        if hosts.is_ip(item.text):
            continue
        for message in text(item, grammar):
            good = False
            yield message
        if item.text == "*" and not at_gateway:
            good = False
            hint = "name the hosts, or bind it to a gateway"
            yield invalid(item, '"*" is possible at gateways only', hint)
    if good and len(field) > 1:
        yield from _overlaps(field)


def _overlaps(field: Field) -> Iterator[Message]:
    """Tells of each host that shares names with one in front of it."""
    first: dict[str, int] = {}
    covering: HostMap[int] = HostMap()
    clashes: dict[int, int] = {}
    for index, host in enumerate(field.texts):
        if host in first:
            clashes[index] = first[host]
        elif host:
            first[host] = index
            covering.add(host, index)
    for host, index in first.items():
        for other in covering.matching(host):
            if other != index:  # the wildcard may stand behind the host that it covers
                clashes.setdefault(max(index, other), min(index, other))
    for index, other in sorted(clashes.items()):
        problem = f"{shown(field[index].text)} overlaps with {shown(field[other].text)}"
        yield invalid(field[index], problem, "remove one of the two")


def _tls_route(
    route: Field, grammar: Callable[[str], str], served: HostMap[bool], context: Context
) -> Iterator[Message]:
    if not route["match"]:
        yield invalid(route["match"], "is missing: TLS routes go by the name that the client asks for (sniHosts)")
    for match in route["match"]:
        if not match["sniHosts"]:
            yield invalid(match["sniHosts"], "is missing: name the hosts that the client asks for")
        for item in match["sniHosts"]:
            if hosts.is_ip(item.text):
                yield doubtful(item, f"{shown(item.text)} is an address, which no client asks for by name")
                continue
            yield from text(item, grammar)
            if next(served.matching(item.text), None) is None:
                hint = "add it to the hosts of the virtual service"
                yield invalid(item, f"{shown(item.text)} is none of the hosts of the virtual service", hint)
        yield from gateway_references(match["gateways"], DOUBTFUL)
        yield from _layer_4_match(match)
    yield from _layer_4_destinations(route, context)


def _layer_4_match(match: Field) -> Iterator[Message]:
    yield from texts(match["destinationSubnets"], hosts.network)
    yield from optional_port(match["port"])
    yield from labels(match["sourceLabels"])


def _layer_4_destinations(route: Field, context: Context) -> Iterator[Message]:
    if not route["route"]:
        yield invalid(route["route"], "is missing: say where the traffic goes")
    for target in route["route"]:
        if not target["destination"].present:
            yield invalid(target["destination"], "is missing")
        elif not context.derived:
            yield from destination(target["destination"])
        yield from not_negative(target["weight"])
    yield from weights(route["route"])
