"""Host names: short and full ones, wildcards, and look-ups by host."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

CLUSTER_DOMAIN = "cluster.local"
_SUFFIX = f".svc.{CLUSTER_DOMAIN}"


def fqdn(host: str, namespace: str) -> str:
    """The full name of a host that a resource of `namespace` writes.

    Istio completes only a name without any dot; `reviews.prod` is taken as it stands and so names no Service.
    """
    if "." in host or host.startswith("*") or not host:
        return host
    return f"{host}.{namespace}{_SUFFIX}"


def service_fqdn(name: str, namespace: str) -> str:
    """The full name of a Service."""
    return f"{name}.{namespace}{_SUFFIX}"


def service_name(host: str) -> tuple[str, str] | None:
    """Name and namespace of the Service that a full name stands for; None for any other host."""
    if not host.endswith(_SUFFIX):
        return None
    name, dot, namespace = host[: -len(_SUFFIX)].rpartition(".")
    return (name, namespace) if dot and name and namespace else None


def overlaps(one: str, other: str) -> bool:
    """Whether two hosts, each perhaps a wildcard, have a name in common.

    A wildcard stands for one label or more: `*.a.com` has `x.a.com` and `x.y.a.com`, but not `a.com`.
    """
    if one.startswith("*"):
        if other.startswith("*"):
            return one[1:].endswith(other[1:]) or other[1:].endswith(one[1:])
        return other.endswith(one[1:])
    if other.startswith("*"):
        return one.endswith(other[1:])
    return one == other


def covers(wide: str, narrow: str) -> bool:
    """Whether every name of `narrow` is one of `wide`."""
    if not wide.startswith("*"):
        return wide == narrow
    if narrow.startswith("*"):
        return len(narrow) >= len(wide) and narrow[1:].endswith(wide[1:])
    return narrow.endswith(wide[1:])


class HostMap(Generic[T]):
    """Items by host, where a host may be a wildcard: each look-up is a few hash look-ups, however many hosts."""

    __slots__ = ("_exact", "_suffixes")

    def __init__(self) -> None:
        self._exact: dict[str, list[T]] = {}
        self._suffixes: dict[int, dict[str, list[T]]] = {}  # by the length of what follows the `*`

    def add(self, host: str, item: T) -> None:
        """Adds an item under a host, or under a wildcard."""
        if host.startswith("*"):
            suffix = host[1:]
            self._suffixes.setdefault(len(suffix), {}).setdefault(suffix, []).append(item)
        else:
            self._exact.setdefault(host, []).append(item)

    def exact(self, host: str) -> list[T]:
        """The items under exactly this text."""
        if host.startswith("*"):
            return self._suffixes.get(len(host) - 1, {}).get(host[1:], [])
        return self._exact.get(host, [])

    def matching(self, host: str) -> Iterator[T]:
        """The items under this host or under a wildcard that covers it, the most specific host first."""
        if not host.startswith("*"):
            yield from self._exact.get(host, ())
        if self._suffixes:
            text = host[1:] if host.startswith("*") else host
            for length in sorted(self._suffixes, reverse=True):
                if length <= len(text):
                    yield from self._suffixes[length].get(text[len(text) - length :], ())

    def hosts(self) -> Iterator[str]:
        """Every host that has an item."""
        yield from self._exact
        for suffixes in self._suffixes.values():
            for suffix in suffixes:
                yield "*" + suffix


class HostSet:
    """Hosts, some perhaps wildcards, that tell by hash look-ups whether another host overlaps one of them."""

    __slots__ = ("_covering", "_endings")

    def __init__(self) -> None:
        self._covering: HostMap[bool] = HostMap()
        self._endings: set[str] = set()

    def add(self, host: str) -> None:
        """Adds a host or a wildcard."""
        self._covering.add(host, True)
        name = host.removeprefix("*")
        start = name.find(".")
        while start >= 0:
            self._endings.add(name[start:])
            start = name.find(".", start + 1)

    def overlaps(self, host: str) -> bool:
        """Whether the host has a name in common with one of these."""
        if next(self._covering.matching(host), False):
            return True
        return host.startswith("*") and (host[1:] in self._endings or (host == "*" and bool(self)))

    def __bool__(self) -> bool:
        return next(self._covering.hosts(), None) is not None
