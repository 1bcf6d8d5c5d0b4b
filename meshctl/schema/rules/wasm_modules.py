"""Wasm modules, and the traffic that an extension handles: what WasmPlugin and TrafficExtension have in common."""

from __future__ import annotations

import re
from collections.abc import Iterator

from meshctl.messages import Message
from meshctl.model.resource import Field
from meshctl.schema.grammars import urls
from meshctl.schema.rules.reporting import invalid, port, shown, text

LONGEST_SECRET = 253
LONGEST_NAME = 256
"""Bytes of the name of a module, and of an environment variable."""

_HEX = re.compile(r"[a-f0-9]*")


def wasm_module(module: Field) -> Iterator[Message]:
    """Checks where a module comes from and how it is set up (WP3-WP13)."""
    if module["url"]:
        yield from text(module["url"], urls.module_url)
    else:
        yield invalid(module["url"], "is missing: say where the module comes from")
    checksum = module["sha256"]
    if checksum.text and len(checksum.text) != 64:
        yield invalid(checksum, f"{shown(checksum.text)} has to be 64 characters long")
    elif not _HEX.fullmatch(checksum.text):
        yield invalid(checksum, f"{shown(checksum.text)} has to be hex digits in lower case")
    yield from _short(module["imagePullSecret"], LONGEST_SECRET)
    yield from _short(module["pluginName"], LONGEST_NAME)
    yield from _environment(module["vmConfig"]["env"])


def traffic_ports(match: Field) -> Iterator[Message]:
    """Checks the ports of the traffic that an extension handles (WP14)."""
    for entry in match:
        for item in entry["ports"]:
            yield from port(item["number"])


def _short(field: Field, longest: int) -> Iterator[Message]:
    if len(field.text.encode("utf-8", "surrogatepass")) > longest:
        yield invalid(field, f"is longer than {longest} bytes")


def _environment(env: Field) -> Iterator[Message]:
    seen: set[str] = set()
    for variable in env:
        name = variable["name"]
        if not name:
            yield invalid(name, "is missing")
        yield from _short(name, LONGEST_NAME)
        if name.text and name.text in seen:
            yield invalid(name, f"{shown(name.text)} is set by an earlier entry too")
        seen.add(name.text)
        if variable["value"] and variable["valueFrom"].text == "HOST":
            yield invalid(variable["value"], "cannot be set with valueFrom: HOST", key=True)
