"""Resources of a dump as data for JSON and YAML output."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from meshctl.proxyconfig.envoy import decode, decoded
from meshctl.proxyconfig.json_names import with_json_names
from meshctl.proxyconfig.redaction import may_have_secrets, redacted


def document(raw: msgspec.Raw) -> Any:
    """A resource or section as data: field names as in protobuf's JSON, no private keys, and no type of its own."""
    data = decoded(raw)
    if may_have_secrets(bytes(raw)):
        data = redacted(data)
    if isinstance(data, dict):
        data.pop("@type", None)
    return with_json_names(data)


class _Configs(Struct, frozen=True):
    configs: list[msgspec.Raw] = []


def without_secrets(dump: bytes) -> bytes:
    """An answer of Envoy's as it stands, or written anew where private keys had to be taken out."""
    if not any(_has_secrets(bytes(raw)) for raw in decode(dump, _Configs).configs):
        return dump
    return msgspec.json.format(msgspec.json.encode(redacted(msgspec.json.decode(dump))), indent=1) + b"\n"


def _has_secrets(section: bytes) -> bool:
    if not may_have_secrets(section):
        return False
    data = msgspec.json.decode(section)
    return bool(redacted(data) != data)
