"""The filters that one request meets, in their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from meshctl.proxyconfig.network_filters import HttpConnectionManager


@dataclass(frozen=True, slots=True)
class Filter:
    """A network filter or an HTTP filter: its name and its configuration as JSON of Envoy, in either style of keys."""

    name: str
    config: Mapping[str, Any]
    """With `@type`."""
    http: bool = True
    disabled: bool = False
    """Whether it is passed over where no route turns it on."""


@dataclass(frozen=True, slots=True)
class FilterStack:
    """The network filters of a filter chain, and the filters of its HTTP connection manager if it has one."""

    filters: tuple[Filter, ...]
    speaks_http: bool
    manager: HttpConnectionManager | None = None
    """How a request is put in order before HTTP filters see it; None when they are to see it as it is sent."""
