"""JSON Web Keys (RFC 7517, 7518 and 8037)."""

from __future__ import annotations

import json
from typing import Any

_MEMBERS = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x"), "oct": ("k",)}
"""What a key of each type has to hold."""


def key_set(text: str) -> str:
    """A set of keys, or a single key, as JSON."""
    found = _read(text)
    if found is None:
        return 'is no set of keys: write JSON as {"keys": [...]}'
    for index, key in enumerate(found):
        if problem := _key(key):
            return f"has a bad key, number {index}: {problem}"
    return ""


def secret_keys(text: str) -> list[int]:
    """The indexes of keys that are private or symmetric, and so should be in no manifest."""
    found = _read(text) or []
    return [index for index, key in enumerate(found) if key.get("kty") == "oct" or "d" in key]


def _read(text: str) -> list[Any] | None:
    """The keys; None for what is no JSON object."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    keys = found.get("keys", [found])
    return keys if isinstance(keys, list) else None


def _key(key: Any) -> str:
    if not isinstance(key, dict):
        return "it is no JSON object"
    kind = key.get("kty")
    members = _MEMBERS.get(kind) if isinstance(kind, str) else None
    if members is None:
        return f"kty has to be {', '.join(list(_MEMBERS)[:-1])} or oct"
    missing = [name for name in members if not isinstance(key.get(name), str) or not key[name]]
    return f"it lacks {' and '.join(missing)}" if missing else ""
