"""Resources of a dump as data for JSON and YAML output."""

from __future__ import annotations

from typing import Any

import msgspec

from meshctl.proxyconfig.envoy import decoded
from meshctl.proxyconfig.json_names import with_json_names
from meshctl.proxyconfig.redaction import may_have_secrets, redacted


def document(raw: msgspec.Raw) -> Any:
    """A resource or section as data: field names as in protobuf's JSON, no private keys, and no type of its own."""
    data = decoded(raw)
    if may_have_secrets(memoryview(raw)):
        data = redacted(data)
    if isinstance(data, dict):
        data.pop("@type", None)
    return with_json_names(data)


def without_secrets(dump: bytes) -> bytes:
    """An answer of Envoy's as it stands, or written anew where private keys had to be taken out."""
    if not may_have_secrets(dump):
        return dump
    data = msgspec.json.decode(dump)
    shown = redacted(data)
    return dump if shown == data else msgspec.json.format(msgspec.json.encode(shown), indent=1) + b"\n"
