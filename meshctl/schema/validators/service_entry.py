"""ServiceEntry: what its schema cannot say (SE1-SE36)."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.messages import INVALID, Message
from meshctl.model.kinds.service_entry import SERVICE_ENTRY
from meshctl.model.resource import Field, Resource
from meshctl.schema.grammars import hosts, values
from meshctl.schema.rules.labels import labels, workload_selector
from meshctl.schema.rules.metadata import annotation_rules
from meshctl.schema.rules.reporting import doubtful, invalid, optional_port, port, shown, text, texts
from meshctl.schema.rules.visibility import export_to
from meshctl.schema.validators import validator
from meshctl.schema.validators.workload_entry import entry, named_ports

_RESOLUTIONS = ("NONE", "STATIC", "DNS", "DNS_ROUND_ROBIN", "DYNAMIC_DNS")
_BY_NAME = ("DNS", "DNS_ROUND_ROBIN")
_DYNAMIC_PROTOCOLS = ("HTTP", "HTTP2", "GRPC", "TLS")
AUTO_ALLOCATE = "networking.istio.io/enable-autoallocate-ip"
USE_WAYPOINT = "istio.io/use-waypoint"


@validator(SERVICE_ENTRY)
def service_entry(resource: Resource) -> Iterator[Message]:
    """Checks a service entry."""
    spec = resource.spec
    yield from annotation_rules(resource)
    selector = list(workload_selector(spec["workloadSelector"]))
    yield from selector
    if any(message.type is INVALID for message in selector):
        return
    written = spec["resolution"].value
    resolution = _RESOLUTIONS[written] if type(written) is int and 0 <= written < 5 else written or "NONE"
    if spec["workloadSelector"].present and spec["endpoints"]:
        yield invalid(spec["endpoints"], "and workloadSelector exclude each other", "remove one of the two", key=True)
    yield from _hosts(spec, resolution)
    yield from texts(spec["addresses"], hosts.network)
    yield from _ports(spec, resolution)
    if resolution in _RESOLUTIONS:
        yield from _RULES[resolution](spec)
    else:
        yield invalid(spec["resolution"], f"has to be one of {', '.join(_RESOLUTIONS)}")
    if resolution != "NONE" and len(spec["hosts"]) > 1:
        for item in spec["ports"]:
            protocol = item["protocol"].text.lower()
            if protocol not in values.HTTP_LIKE and protocol not in values.TLS_LIKE:
                yield invalid(
                    item["protocol"] if item["protocol"].present else item,
                    "cannot tell several hosts apart on this port",
                    "use a protocol that carries the host (HTTP, GRPC, TLS), or one service entry for each host",
                )
                break
    yield from export_to(spec["exportTo"], nowhere=True)


def _hosts(spec: Field, resolution: str) -> Iterator[Message]:
    if not spec["hosts"]:
        yield invalid(spec["hosts"], "is missing: name at least one host")
    for host in spec["hosts"]:
        if host.text == "*":
            yield invalid(host, '"*" would take all traffic')
            continue
        yield from text(host, hosts.wildcard_host)
        if resolution != "DYNAMIC_DNS" and hosts.is_partial_wildcard(host.text):
            yield doubtful(host, f"{shown(host.text)}: * should stand for a whole first part, as in *.example.com")


def _ports(spec: Field, resolution: str) -> Iterator[Message]:
    names: set[str] = set()
    numbers: set[int] = set()
    labelled = spec.resource.labels.get(AUTO_ALLOCATE)
    allocates = resolution != "NONE" and not (isinstance(labelled, str) and labelled.lower() == "false")
    for item in spec["ports"]:
        name, number, protocol = item["name"], item["number"], item["protocol"]
        yield from text(name, hosts.label)
        if name.text and name.text in names:
            yield invalid(name, f"{shown(name.text)} is the name of an earlier port too")
        names.add(name.text)
        yield from port(number)
        if number.number and number.number in numbers:
            yield invalid(number, f"{number.number} is the number of an earlier port too")
        numbers.add(number.number)
        yield from optional_port(item["targetPort"])
        if protocol.text:
            yield from text(protocol, values.protocol)
        if protocol.text in ("", "TCP") and not spec["addresses"] and not allocates:
            where = protocol if protocol.text else item
            hint = "set addresses, or let the control plane allocate one: a resolution other than NONE does that"
            yield doubtful(where, "is plain TCP without an address: it takes the traffic of every host", hint)


def _none(spec: Field) -> Iterator[Message]:
    if spec["endpoints"]:
        hint = "set resolution to STATIC for addresses, or to DNS for names"
        yield invalid(spec["endpoints"], "cannot stand beside resolution NONE", hint, key=True)
    if spec["workloadSelector"].present:
        yield doubtful(
            spec["workloadSelector"], "has no effect with resolution NONE", "set resolution: STATIC", key=True
        )


def _static(spec: Field) -> Iterator[Message]:
    names = {item["name"].text for item in spec["ports"]}
    for endpoint in spec["endpoints"]:
        if endpoint["address"].text.startswith(hosts.UNIX):
            if len(spec["ports"]) != 1:
                hint = "a Unix domain socket serves one port"
                yield invalid(endpoint["address"], "needs a service entry with exactly one port", hint)
        else:
            yield from _known_ports(endpoint["ports"], names)
        yield from entry(endpoint, names=False)


def _known_ports(ports: Field, names: set[str]) -> Iterator[Message]:
    for name, number in ports.items():
        if name not in names:
            known = ", ".join(sorted(names - {""})) or "it has none"
            yield invalid(number, "is no port of the service entry", f"its ports are: {known}", key=True)


def _by_name(spec: Field) -> Iterator[Message]:
    yield from _networks(spec)
    round_robin = spec["resolution"].value in ("DNS_ROUND_ROBIN", 3)
    endpoints = spec["endpoints"]
    if not endpoints:
        for host in spec["hosts"]:
            if problem := hosts.host(host.text):
                hint = "without endpoints the hosts themselves are looked up in DNS"
                yield invalid(host, f"{shown(host.text)}: {problem}", hint)
                break
    if round_robin and len(endpoints) > 1:
        yield invalid(endpoints, "can have one entry only with resolution DNS_ROUND_ROBIN", key=True)
    names = {item["name"].text for item in spec["ports"]}
    for endpoint in endpoints:
        yield from text(endpoint["address"], hosts.host_or_ip)
        yield from labels(endpoint["labels"])
        yield from _known_ports(endpoint["ports"], names)
        yield from named_ports(endpoint["ports"])
    if spec["addresses"] and len(spec["hosts"]) > 1:
        for item in spec["ports"]:
            if item["protocol"].text.lower() in values.TCP_LIKE:
                yield doubtful(
                    spec["hosts"], "cannot share one address and TCP port", "write a service entry for each", key=True
                )
                break


def _networks(spec: Field) -> Iterator[Message]:
    for address in spec["addresses"]:
        if "/" in address.text:
            yield invalid(address, f"{shown(address.text)}: a network needs resolution NONE or STATIC")
            break


def _dynamic(spec: Field) -> Iterator[Message]:
    yield from _networks(spec)
    for host in spec["hosts"]:
        if not host.text.startswith("*"):
            yield invalid(host, f"{shown(host.text)} has to begin with * for resolution DYNAMIC_DNS", "use DNS instead")
    for name in ("addresses", "endpoints"):
        if spec[name]:
            yield invalid(spec[name], "cannot stand beside resolution DYNAMIC_DNS", key=True)
    for item in spec["ports"]:
        if item["protocol"].text.upper() not in _DYNAMIC_PROTOCOLS:
            where = item["protocol"] if item["protocol"].present else item
            yield invalid(where, f"needs one of the protocols {', '.join(_DYNAMIC_PROTOCOLS)} for DYNAMIC_DNS")
    location = spec["location"].value
    if location not in (None, "MESH_EXTERNAL", "MESH_INTERNAL", 0, 1):
        yield invalid(spec["location"], "has to be MESH_EXTERNAL or MESH_INTERNAL")
    waypoint = spec.resource.labels.get(USE_WAYPOINT)
    if location in ("MESH_INTERNAL", 1) and isinstance(waypoint, str) and waypoint.lower() not in ("", "none"):
        field = spec.resource.at("metadata", "labels")[USE_WAYPOINT]
        yield invalid(field, "cannot stand on a MESH_INTERNAL entry with resolution DYNAMIC_DNS", key=True)


_RULES = {
    "NONE": _none,
    "STATIC": _static,
    "DNS": _by_name,
    "DNS_ROUND_ROBIN": _by_name,
    "DYNAMIC_DNS": _dynamic,
}
