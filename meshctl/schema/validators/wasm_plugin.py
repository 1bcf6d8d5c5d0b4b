"""WasmPlugin: what its schema cannot say (WP1-WP14)."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.messages import Message
from meshctl.model.kinds.wasm_plugin import WASM_PLUGIN
from meshctl.model.resource import Resource
from meshctl.schema.rules.labels import label_selector
from meshctl.schema.rules.metadata import annotation_rules
from meshctl.schema.rules.target_refs import target_refs
from meshctl.schema.rules.wasm_modules import traffic_ports, wasm_module
from meshctl.schema.validators import validator


@validator(WASM_PLUGIN)
def wasm_plugin(resource: Resource) -> Iterator[Message]:
    """Checks a Wasm plugin."""
    yield from annotation_rules(resource)
    yield from target_refs(resource)
    yield from label_selector(resource.spec["selector"])
    yield from wasm_module(resource.spec)
    yield from traffic_ports(resource.spec["match"])
