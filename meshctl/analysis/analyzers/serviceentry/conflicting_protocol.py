"""Service entries that disagree on the protocol of a port."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import PROTOCOLS_DISAGREE, Message
from meshctl.model.kinds.service_entry import SERVICE_ENTRY, ports_together, protocol
from meshctl.model.resource import Resource
from meshctl.model.snapshot import Snapshot

_SHOWN = 5


@analyzer("serviceentry.ConflictingServiceEntryProtocolAnalyzer", inputs={SERVICE_ENTRY}, emits={PROTOCOLS_DISAGREE})
def conflicting_protocol(mesh: Snapshot) -> Iterator[Message]:
    """Checks that service entries agree on the protocol of a port."""
    said: set[Resource] = set()
    for host, number, ports in ports_together(mesh):
        protocols = {protocol(port) for port in ports}
        if len(protocols) == 1:
            continue
        entries = list(dict.fromkeys(port.resource for port in ports))
        names = sorted(entry.full_name for entry in entries)
        for entry in entries:
            if entry not in said:
                said.add(entry)
                yield PROTOCOLS_DISAGREE.on(
                    entry,
                    related=[port["protocol"] for port in ports[: _SHOWN + 1]],
                    service_entries=names if len(names) <= _SHOWN else [*names[:_SHOWN], "others"],
                    host=host,
                    port=number,
                    protocols=sorted(protocols),
                )
