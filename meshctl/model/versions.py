"""Versions of Istio: those of its control planes, and those of the proxies connected to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class BuildInfo:
    """What a program says about its build."""

    version: str
    revision: str = UNKNOWN
    status: str = UNKNOWN
    golang_version: str = UNKNOWN
    tag: str = UNKNOWN


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """A pod of istiod: its label `istio`, its revision, and its build."""

    component: str
    revision: str
    build: BuildInfo


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy that is connected to a control plane."""

    name: str
    version: str
    type: str


@dataclass(frozen=True, slots=True)
class Versions:
    """What runs in a cluster; `unread` says of which control planes something could not be read, and why."""

    control_planes: tuple[ControlPlane, ...]
    proxies: tuple[Proxy, ...]
    unread: tuple[str, ...] = ()


def proxy_counts(proxies: Sequence[Proxy]) -> Iterator[tuple[str, int]]:
    """How many proxies have each version, by version."""
    yield from sorted(Counter(proxy.version for proxy in proxies).items())
