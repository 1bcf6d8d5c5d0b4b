"""TrafficExtension: what its schema cannot say (TX1-TX7)."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.messages import Message
from meshctl.model.kinds.traffic_extension import TRAFFIC_EXTENSION
from meshctl.model.resource import Resource
from meshctl.schema.rules.labels import label_selector
from meshctl.schema.rules.metadata import annotation_rules
from meshctl.schema.rules.reporting import invalid
from meshctl.schema.rules.target_refs import target_refs
from meshctl.schema.rules.wasm_modules import traffic_ports, wasm_module
from meshctl.schema.validators import validator

LONGEST_SCRIPT = 65536
"""Bytes of a Lua script."""


@validator(TRAFFIC_EXTENSION)
def traffic_extension(resource: Resource) -> Iterator[Message]:
    """Checks a traffic extension."""
    spec = resource.spec
    yield from annotation_rules(resource)
    yield from target_refs(resource)
    yield from label_selector(spec["selector"])
    if spec["lua"].present:
        code = spec["lua"]["inlineCode"]
        if not code:
            yield invalid(code, "is missing")
        elif len(code.text.encode("utf-8", "surrogatepass")) > LONGEST_SCRIPT:
            yield invalid(code, f"is longer than {LONGEST_SCRIPT} bytes", key=True)
    elif spec["wasm"].present:
        yield from wasm_module(spec["wasm"])
    else:
        yield invalid(spec, "needs either wasm or lua", key=True)
    yield from traffic_ports(spec["match"])
