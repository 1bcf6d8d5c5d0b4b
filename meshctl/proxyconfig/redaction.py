"""Takes private keys and other secrets out of what is printed.

Envoy does so itself for the fields that its API marks as sensitive; this is for those that it does not know, such as
a key inside an extension, and for dumps that something else has written.
"""

from __future__ import annotations

import base64
import re
from typing import Any

import re2

REDACTED = "[redacted]"
REDACTED_BYTES = base64.b64encode(REDACTED.encode()).decode()

_FIELDS = frozenset(
    "ISTIO_META_WASM_IMAGE_PULL_SECRET access_token auth_password generic_secret google_refresh_token json_key"
    " password pkcs12 private_key private_key_provider refresh_token secret_access_key session_ticket_keys"
    " session_token users".split()
)
_INLINE = {"inline_bytes": REDACTED_BYTES, "inline_string": REDACTED}

_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----")
_PEM_IN_BASE64 = "LS0tLS1CRUdJTi"

# RE2 looks for all of them at once.
_suspects = re2.compile("|".join(("PRIVATE KEY", _PEM_IN_BASE64, *(f'"{field}"' for field in sorted(_FIELDS)))))


def may_have_secrets(text: bytes) -> bool:
    """Whether it is worth looking closer at a JSON text; one without any is passed over."""
    return _suspects.search(text) is not None


def redacted(data: Any) -> Any:
    """The data of a message without secrets; field names are those that Envoy writes."""
    if isinstance(data, list):
        return [redacted(item) for item in data]
    if isinstance(data, dict):
        return {key: _hidden(value) if key in _FIELDS else redacted(value) for key, value in data.items()}
    return _without_key(data) if isinstance(data, str) else data


def _hidden(value: Any) -> Any:
    """The value of a sensitive field: where the secret comes from may be told, the secret not."""
    if isinstance(value, str):
        return REDACTED_BYTES if value == REDACTED_BYTES else REDACTED
    if isinstance(value, list):
        return [_hidden(item) for item in value]
    if isinstance(value, dict):
        if "@type" in value:
            return {"@type": value["@type"]}
        return {
            key: _INLINE[key] if key in _INLINE else item if key in _TOLD else _hidden(item)
            for key, item in value.items()
        }
    return value


_TOLD = frozenset({"filename", "environment_variable", "provider_name", "name", "watched_directory", "sds_config"})


def _without_key(text: str) -> str:
    if _KEY.search(text):
        return REDACTED
    if text.startswith(_PEM_IN_BASE64):
        try:
            plain = base64.b64decode(text, validate=True)
        except ValueError:
            return text
        return REDACTED_BYTES if b"PRIVATE KEY-----" in plain else text
    return text
