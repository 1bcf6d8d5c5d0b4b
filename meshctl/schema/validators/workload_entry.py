"""WorkloadEntry, and the endpoints of a ServiceEntry, which are the same (WE1-WE9)."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.messages import Message
from meshctl.model.kinds.workload_entry import WORKLOAD_ENTRY
from meshctl.model.resource import Field, Resource
from meshctl.schema.grammars import hosts
from meshctl.schema.rules.labels import labels
from meshctl.schema.rules.metadata import annotation_rules
from meshctl.schema.rules.reporting import doubtful, invalid, keys, port, text
from meshctl.schema.validators import validator


@validator(WORKLOAD_ENTRY)
def workload_entry(resource: Resource) -> Iterator[Message]:
    """Checks a workload entry."""
    yield from annotation_rules(resource)
    yield from entry(resource.spec, names=True)


def entry(field: Field, *, names: bool) -> Iterator[Message]:
    """Checks an entry; `names` says whether its address may be a host name too."""
    address = field["address"]
    if not address:
        if not field["network"]:
            yield invalid(address, "is missing")
            return
        yield doubtful(address, "is missing: only the gateways of the network can be reached")
    elif address.text.startswith(hosts.UNIX):
        yield from text(address, hosts.unix_socket)
        if field["ports"]:
            yield invalid(field["ports"], "cannot be set for a Unix domain socket", key=True)
    else:
        yield from text(address, hosts.host_or_ip if names else hosts.ip)
    yield from named_ports(field["ports"])
    yield from labels(field["labels"])


def named_ports(field: Field) -> Iterator[Message]:
    """Checks ports by name."""
    yield from keys(field, hosts.label)
    for number in field.values():
        yield from port(number)
