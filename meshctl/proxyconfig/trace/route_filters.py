"""What route, virtual host and route configuration say about the HTTP filters of a connection manager."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from meshctl.proxyconfig.envoy import decoded
from meshctl.proxyconfig.json_names import with_field_names
from meshctl.proxyconfig.routes import Route, RouteConfiguration, VirtualHost

_FILTER_CONFIG = "envoy.config.route.v3.FilterConfig"


@dataclass(frozen=True, slots=True)
class RouteFilters:
    """What is said of the filters for one request, the nearest first."""

    levels: Sequence[Mapping[str, msgspec.Raw]] = ()

    def switched_off(self, name: str, *, by_default: bool) -> bool:
        """Whether a filter is passed over.

        Whatever is said of a filter that is off by default turns it on, unless it is said to be off; the nearest
        counts.
        """
        for said in self._said(name):
            return bool(_is_filter_config(said) and said.get("disabled"))
        return by_default

    def config(self, name: str) -> Mapping[str, Any] | None:
        """The nearest configuration of a filter; None where there is no other than its own."""
        for said in self._said(name):
            found: Mapping[str, Any] = said.get("config", {}) if _is_filter_config(said) else said
            if found:
                return found
        return None

    def _said(self, name: str) -> Sequence[Mapping[str, Any]]:
        return [with_field_names(decoded(level[name])) for level in self.levels if name in level]


def route_filters(
    routes: RouteConfiguration | None, host: VirtualHost | None = None, route: Route | None = None
) -> RouteFilters:
    """What is said where a request is known to come so far."""
    return RouteFilters([one.typed_per_filter_config for one in (route, host, routes) if one is not None])


def _is_filter_config(said: Mapping[str, Any]) -> bool:
    return str(said.get("@type", "")).endswith(_FILTER_CONFIG)
