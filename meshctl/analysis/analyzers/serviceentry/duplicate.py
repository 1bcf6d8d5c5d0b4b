"""Several service entries that define the same port of the same host."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import DUPLICATE_SERVICE_ENTRY, Message
from meshctl.model.kinds.service_entry import SERVICE_ENTRY, ports_together, protocol
from meshctl.model.resource import Resource
from meshctl.model.snapshot import Snapshot

_SHOWN = 5


@analyzer("serviceentry.DuplicateServiceEntryAnalyzer", inputs={SERVICE_ENTRY}, emits={DUPLICATE_SERVICE_ENTRY})
def duplicate(mesh: Snapshot) -> Iterator[Message]:
    """Checks that no two service entries define the same port of the same host."""
    said: set[tuple[Resource, str]] = set()
    for host, number, ports in ports_together(mesh):
        entries = list(dict.fromkeys(port.resource for port in ports))
        if len(entries) == 1 or len({protocol(port) for port in ports}) > 1:
            continue
        for entry in entries:
            if (entry, host) not in said:
                said.add((entry, host))
                others = [other for other in entries[: _SHOWN + 2] if other is not entry]
                names = [other.full_name for other in others]
                yield DUPLICATE_SERVICE_ENTRY.at(
                    entry.spec["hosts"][entry.spec["hosts"].value.index(host)],
                    related=[other.spec["hosts"] for other in others],
                    others=names if len(names) <= _SHOWN else [*names[:_SHOWN], "others"],
                    host=host,
                    port=number,
                )
