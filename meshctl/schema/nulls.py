"""Null as an API server reads it: a field that is null is a field that is not there; an item of a list stays."""

from __future__ import annotations

from typing import Any


def without_nulls(value: Any) -> Any:
    """The value without the fields that are null, at any depth; the value itself is left as it is.

    Raises RecursionError for a value that is nested beyond all reason.
    """
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value
