"""The contexts of kubeconfig files, read without signing in and without the library, which takes long to load."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from meshctl.documents import DocumentError, parse, split
from meshctl.kube.connection import Settings, kubeconfig_files


def contexts(settings: Settings) -> Mapping[str, str]:
    """The names of the contexts with their clusters; of two with the same name the first counts, as in kubectl."""
    found: dict[str, str] = {}
    for file in kubeconfig_files(settings):
        for item in _items(Path(file)):
            inner = item.get("context")
            cluster = inner.get("cluster") if isinstance(inner, dict) else ""
            found.setdefault(str(item.get("name") or ""), str(cluster or ""))
    return found


def _items(file: Path) -> Iterator[Mapping[str, Any]]:
    try:
        data = next((parse(chunk).data for chunk in split(file.read_text(encoding="utf-8"))), None)
    except (OSError, ValueError, DocumentError):
        return
    items = data.get("contexts") if isinstance(data, dict) else None
    if isinstance(items, list):
        yield from (item for item in items if isinstance(item, dict))
