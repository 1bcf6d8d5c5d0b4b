"""The images of the proxy."""

from __future__ import annotations

from typing import Any

_SUFFIXES = ("-distroless", "-debug")


def image(values: Any, name: str, *types: str) -> str:
    """The full name of an image: hub, name, and the tag with the first of the types that is not empty.

    A type takes the place of a suffix that the tag has; the type `default` stands for no suffix.
    """
    settings = values if isinstance(values, dict) else {}
    hub, tag = _text(settings.get("hub")), _text(settings.get("tag"))
    chosen = next((kind for kind in (*types, _text(settings.get("variant"))) if kind), "")
    if chosen:
        for suffix in _SUFFIXES:
            tag = tag.removesuffix(suffix)
        if chosen != "default":
            tag = f"{tag}-{chosen}"
    found = f"{hub}/{name or 'proxyv2'}"
    return f"{found}:{tag}" if tag else found


def _text(value: Any) -> str:
    """A tag such as 1.28 may have been read as a number."""
    if isinstance(value, float):
        return repr(int(value)) if value == int(value) and abs(value) < 2**53 else repr(value)
    return "" if value is None else str(value)
