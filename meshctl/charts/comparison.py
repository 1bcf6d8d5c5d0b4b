"""What differs between two sets of manifests."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from meshctl.charts.errors import InstallationError
from meshctl.documents import DocumentError, parse, split, write_yaml
from meshctl.sources.files import read_texts

Key = tuple[str, str, str, str]
"""What tells an object from others: group, kind, namespace and name."""


def read_objects(path: str) -> dict[Key, Mapping[str, Any]]:
    """The objects of a file, or of every YAML and JSON file below a folder; of two with one name the last counts.

    Raises `InstallationError` or `UnreadableError` for what cannot be read.
    """
    found: dict[Key, Mapping[str, Any]] = {}
    for file, text in read_texts([path]):
        for chunk in split(text):
            try:
                found |= {_key(data): data for data in _objects(parse(chunk).data)}
            except DocumentError as error:
                raise InstallationError(f"{file}, line {error.line}: {error.message}", hint=error.hint) from error
    return found


def differences(
    first: Mapping[Key, Mapping[str, Any]], second: Mapping[Key, Mapping[str, Any]], before: str, after: str
) -> Iterator[str]:
    """Lines of a unified diff for every object that only one set has, or that is not the same in both.

    The order of keys does not count. `before` and `after` are what the two sets are called.
    """
    for key in sorted({*first, *second}):
        old, new = first.get(key), second.get(key)
        if old == new:
            continue
        label = "/".join(part for part in key if part)
        lines, changed = (_text(data).splitlines() if data is not None else [] for data in (old, new))
        yield from difflib.unified_diff(lines, changed, f"{before}: {label}", f"{after}: {label}", lineterm="")


def _objects(data: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(data, dict) and data:
        items = data.get("items")
        if data.get("kind") == "List" and isinstance(items, list):
            for item in items:
                yield from _objects(item)
        else:
            yield data


def _key(data: Mapping[str, Any]) -> Key:
    metadata = data.get("metadata")
    names = metadata if isinstance(metadata, dict) else {}
    group = str(data.get("apiVersion", "")).rpartition("/")[0]
    return group, str(data.get("kind", "")), str(names.get("namespace", "")), str(names.get("name", ""))


def _text(data: Mapping[str, Any]) -> str:
    return write_yaml(_sorted(data))


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value, key=str)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value
