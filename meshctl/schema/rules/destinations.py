"""Destinations of traffic."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.messages import Message
from meshctl.model.resource import Field
from meshctl.schema.grammars import hosts
from meshctl.schema.rules.reporting import invalid, optional_text, port, text


def destination(field: Field) -> Iterator[Message]:
    """Checks a destination (DEST1-DEST3); unknown fields of its port are the schema's business."""
    host = field["host"]
    if host.text == "*":
        yield invalid(host, '"*" is no single destination')
    else:
        yield from text(host, hosts.wildcard_host)
    written = field.mapping
    if "subset" in written:
        yield from optional_text(field["subset"], hosts.label)
    if written.get("port") is not None:
        yield from port(field["port"]["number"])
