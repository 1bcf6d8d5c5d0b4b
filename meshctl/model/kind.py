"""Kinds: what an `apiVersion` and a `kind` stand for."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

_KINDS: dict[tuple[str, str], Kind] = {}


class Kind:
    """A resource kind, whatever its version: two kinds are the same when they are the same object.

    `group` is the API group (`""` for core), `name` the `kind`, `plural` its name in URLs, `namespaced` its scope, and
    `versions` those that an API server may have served, the preferred one first.
    """

    __slots__ = ("group", "name", "namespaced", "plural", "versions")

    def __init__(
        self, group: str, name: str, plural: str = "", *, versions: tuple[str, ...] = ("v1",), namespaced: bool = True
    ) -> None:
        self.group = group
        self.name = name
        self.plural = plural or name.lower() + "s"
        self.versions = versions
        self.namespaced = namespaced
        _KINDS[group, name] = self

    @property
    def api_version(self) -> str:
        """The preferred `apiVersion`."""
        return f"{self.group}/{self.versions[0]}" if self.group else self.versions[0]

    def __repr__(self) -> str:
        return f"{self.group}/{self.name}" if self.group else self.name


@cache
def _all() -> dict[tuple[str, str], Kind]:
    from meshctl.model import kinds

    for module in pkgutil.iter_modules(kinds.__path__):
        importlib.import_module(f"{kinds.__name__}.{module.name}")
    return _KINDS


def kind_of(group: str, name: str) -> Kind | None:
    """The kind of that group and name; None for one that meshctl does not know."""
    return _all().get((group, name))


def known_kinds() -> tuple[Kind, ...]:
    """Every kind in `model/kinds`, by group and name."""
    return tuple(kind for _, kind in sorted(_all().items()))


def split_api_version(api_version: str) -> tuple[str, str]:
    """Group and version of an `apiVersion`: `v1` is the core group's."""
    group, slash, version = api_version.rpartition("/")
    return (group, version) if slash else ("", version)
