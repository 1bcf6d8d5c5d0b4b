"""ServiceEntry (networking.istio.io) and what can be asked of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from meshctl.model.kind import Kind
from meshctl.model.resource import Field
from meshctl.model.snapshot import Snapshot, derived
from meshctl.model.visibility import exported_to

SERVICE_ENTRY = Kind("networking.istio.io", "ServiceEntry", "serviceentries", versions=("v1", "v1beta1", "v1alpha3"))

_ALL = "*"


@derived
def _ports(mesh: Snapshot) -> Mapping[tuple[str, int], Mapping[str, list[Field]]]:
    """The ports of service entries by host and number, and then by the namespace that sees them."""
    found: dict[tuple[str, int], dict[str, list[Field]]] = {}
    for entry in mesh[SERVICE_ENTRY]:
        scopes = exported_to(entry)
        for host in dict.fromkeys(entry.spec["hosts"].texts):
            for port in entry.spec["ports"]:
                places = found.setdefault((host, port["number"].number), {})
                for scope in (_ALL,) if scopes is None else sorted(scopes):
                    places.setdefault(scope, []).append(port)
    return found


def ports_together(mesh: Snapshot) -> Iterator[tuple[str, int, list[Field]]]:
    """The ports of several service entries that have one host and number: both, and the ports that a namespace sees."""
    for (host, number), places in _ports(mesh).items():
        for scope, own in places.items():
            everywhere = places.get(_ALL, []) if scope != _ALL else []
            if len(own) + len(everywhere) > 1:
                yield host, number, [*everywhere, *own]


def protocol(port: Field) -> str:
    """The protocol of a port, TCP by default."""
    return port["protocol"].text.upper() or "TCP"
