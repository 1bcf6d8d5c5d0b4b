"""WorkloadGroup: what its schema cannot say (WG1-WG9)."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.messages import Message
from meshctl.model.kinds.workload_group import WORKLOAD_GROUP
from meshctl.model.resource import Field, Resource
from meshctl.schema.grammars import headers
from meshctl.schema.rules.labels import labels
from meshctl.schema.rules.metadata import annotation_rules
from meshctl.schema.rules.reporting import invalid, not_negative, port, shown, text
from meshctl.schema.validators import validator

_COUNTS = ("periodSeconds", "initialDelaySeconds", "timeoutSeconds", "successThreshold", "failureThreshold")


@validator(WORKLOAD_GROUP)
def workload_group(resource: Resource) -> Iterator[Message]:
    """Checks a workload group."""
    yield from annotation_rules(resource)
    spec = resource.spec
    if not spec["template"].present:
        yield invalid(spec["template"], "is missing")
        return
    bad = list(labels(spec["metadata"]["labels"]))
    yield from bad
    if not bad and spec["probe"].present:
        yield from _probe(spec["probe"])


def _probe(probe: Field) -> Iterator[Message]:
    for name in _COUNTS:
        yield from not_negative(probe[name])
    http, tcp, command = probe["httpGet"], probe["tcpSocket"], probe["exec"]
    if http.present:
        yield from port(http["port"])
        if http["scheme"].text not in ("", "HTTP", "HTTPS"):
            yield invalid(http["scheme"], f"{shown(http['scheme'].text)} has to be HTTP or HTTPS")
        for header in http["httpHeaders"]:
            yield from text(header["name"], headers.probe_header)
    elif tcp.present:
        yield from port(tcp["port"])
    elif command.present:
        if not command["command"]:
            yield invalid(command["command"], "is missing")
    else:
        yield invalid(probe, "needs one of httpGet, tcpSocket and exec", key=True)
