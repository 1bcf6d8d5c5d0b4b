"""Which object of a cluster something is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

Object = Mapping[str, Any]
"""An object as documents and the API server have it."""


class Identity(NamedTuple):
    """What tells an object from all others: the version of its API does not."""

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


def identity(item: Object) -> Identity:
    """The identity of an object."""
    names = metadata(item)
    group = str(item.get("apiVersion", "")).rpartition("/")[0]
    return Identity(group, str(item.get("kind", "")), str(names.get("namespace") or ""), str(names.get("name") or ""))


def metadata(item: Object) -> Mapping[str, Any]:
    """The metadata of an object; empty where it has none."""
    found = item.get("metadata")
    return found if isinstance(found, dict) else {}


def labels(item: Object) -> Mapping[str, str]:
    """The labels of an object; empty where it has none."""
    found = metadata(item).get("labels")
    return found if isinstance(found, dict) else {}
