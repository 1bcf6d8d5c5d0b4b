"""Service entries that define what another one or a service defines already."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import DUPLICATE_SERVICE_ENTRY, Message
from meshctl.model.hosts import service_name
from meshctl.model.kinds.service import SERVICE
from meshctl.model.kinds.service_entry import SERVICE_ENTRY, ports_together, protocol
from meshctl.model.registry import ports_of
from meshctl.model.resource import Field, Resource
from meshctl.model.snapshot import Snapshot
from meshctl.model.visibility import exported_to, service_exported_to

_SHOWN = 5


@analyzer(
    "serviceentry.DuplicateServiceEntryAnalyzer", inputs={SERVICE_ENTRY, SERVICE}, emits={DUPLICATE_SERVICE_ENTRY}
)
def duplicate(mesh: Snapshot) -> Iterator[Message]:
    """Checks that each port of a host is defined once, by a service entry or by a service."""
    said: set[tuple[Resource, str]] = set()
    for host, number, ports in ports_together(mesh):
        entries = list(dict.fromkeys(port.resource for port in ports))
        if len({entry.full_name for entry in entries}) == 1 or len({protocol(port) for port in ports}) > 1:
            continue
        for entry in entries:
            if (entry, host) not in said:
                said.add((entry, host))
                others = [other for other in entries[: _SHOWN + 2] if not other.same_object(entry)]
                yield _message(entry.spec["hosts"][entry.spec["hosts"].value.index(host)], number, others)
    for entry in mesh[SERVICE_ENTRY]:
        for written in entry.spec["hosts"]:
            name = service_name(written.text)
            service = mesh.find(SERVICE, name[1], name[0]) if name else None
            if service is not None and _meet(entry, service):
                shared = set(ports_of(entry)) & set(ports_of(service))
                if shared:
                    yield _message(written, min(shared), [service])


def _meet(entry: Resource, service: Resource) -> bool:
    """Whether some namespace sees both."""
    one, other = exported_to(entry), service_exported_to(service)
    return one is None or other is None or not one.isdisjoint(other)


def _message(host: Field, port: int, others: list[Resource]) -> Message:
    names = [repr(other) for other in others]
    return DUPLICATE_SERVICE_ENTRY.at(
        host,
        related=[other.at("metadata", "name") for other in others],
        others=names if len(names) <= _SHOWN else [*names[:_SHOWN], "others"],
        host=host.text,
        port=port,
    )
