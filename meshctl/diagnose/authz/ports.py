"""The port of a workload that a request arrives at, and what its proxy speaks there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from meshctl.diagnose.authz.subjects import Subject
from meshctl.errors import UsageError
from meshctl.model.gateway_pods import selector
from meshctl.model.kinds.gateway import GATEWAY, routes_of
from meshctl.model.kinds.kubernetes_gateway import KUBERNETES_GATEWAY
from meshctl.model.protocols import port_protocol
from meshctl.model.resource import Field, Resource
from meshctl.model.selectors import matches
from meshctl.model.snapshot import Snapshot

_HTTP = frozenset({"http", "http2", "grpc", "grpc-web", "http_proxy"})


@dataclass(frozen=True, slots=True)
class Port:
    """A port: `number` is that of the pod, `service_port` that of the service in front of it, if there is one.

    `http` is None where the proxy finds out by itself what is spoken.
    """

    number: int
    protocol: str = ""
    http: bool | None = None
    service: Resource | None = None
    service_port: int = 0


def port_of(mesh: Snapshot, subject: Subject, number: int, *, of_service: bool) -> Port:
    """The port that a number means: one of the service in front first, or one of the pod first. Raises `UsageError`.

    Without a number it is the only port that services have, or the one that they have for HTTP on port 80.
    """
    known = list(_ports(mesh, subject))
    if not number:
        return _only(subject, known)
    ways = [
        next((port for port in known if port.service_port == number), None),
        next((port for port in known if port.number == number), None),
    ]
    found = next((port for port in (ways if of_service else ways[::-1]) if port is not None), None)
    if found is None or (not of_service and found.number != number and number in _declared(subject)):
        found = Port(number)
    return _spoken_by_gateway(mesh, subject, found) if subject.is_gateway or _gateways(mesh, subject) else found


def _only(subject: Subject, known: Sequence[Port]) -> Port:
    usual = [port for port in known if port.service_port == 80]
    for candidates in (known, usual):
        if len({port.number for port in candidates}) == 1:
            return candidates[0]
    shown = ", ".join(sorted({str(port.number) for port in known}, key=int))
    hint = f"it has {shown}" if shown else "no service tells its ports"
    raise UsageError(f"--port is missing: which one of {subject.title} is meant?", hint=hint)


def _ports(mesh: Snapshot, subject: Subject) -> Iterator[Port]:
    for service in subject.services(mesh):
        for field in service.spec["ports"]:
            protocol = port_protocol(field)
            if protocol != "udp":
                http = protocol in _HTTP if protocol else None
                yield Port(_target(field, subject), protocol, http, service, field["port"].number)


def _target(field: Field, subject: Subject) -> int:
    target = field["targetPort"]
    if target.number:
        return target.number
    if target.text and subject.pod is not None:
        for container in subject.pod.containers(init=True):
            for port in container["ports"]:
                if port["name"].text == target.text:
                    return port["containerPort"].number
    return field["port"].number


def _declared(subject: Subject) -> set[int]:
    if subject.pod is None:
        return set()
    return {
        port["containerPort"].number for container in subject.pod.containers(init=True) for port in container["ports"]
    }


def _gateways(mesh: Snapshot, subject: Subject) -> list[Resource]:
    return [one for one in mesh[GATEWAY] if selector(one) and matches(selector(one), subject.labels)]


def _spoken_by_gateway(mesh: Snapshot, subject: Subject, port: Port) -> Port:
    """What a gateway speaks on a port is said by its servers, not by its service."""
    numbers = {port.number, port.service_port}
    for gateway in _gateways(mesh, subject):
        for server in gateway.spec["servers"]:
            if server["port"]["number"].number in numbers:
                return replace(port, protocol=server["port"]["protocol"].text.lower(), http="http" in routes_of(server))
    own = mesh.find(KUBERNETES_GATEWAY, subject.namespace, subject.gateway) if subject.gateway else None
    for listener in own.spec["listeners"] if own is not None else ():
        if listener["port"].number in numbers:
            protocol = listener["protocol"].text
            return replace(port, protocol=protocol.lower(), http=protocol in ("HTTP", "HTTPS", "HBONE"))
    return port
