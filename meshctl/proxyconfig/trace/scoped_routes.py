"""Routes by scope: a key made of headers of the request chooses the route configuration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec
from msgspec import Struct

from meshctl.proxyconfig.dump import ConfigDump
from meshctl.proxyconfig.envoy import decode
from meshctl.proxyconfig.network_filters import HttpConnectionManager
from meshctl.proxyconfig.routes import RouteConfiguration
from meshctl.proxyconfig.sections import SCOPED_ROUTES
from meshctl.proxyconfig.trace.request import Request

_NOTHING = msgspec.Raw()


class _Element(Struct, frozen=True):
    separator: str = ""
    key: str = ""


class _Extractor(Struct, frozen=True):
    name: str = ""
    element_separator: str = ""
    index: int | None = None
    element: _Element | None = None


class _FragmentBuilder(Struct, frozen=True):
    header_value_extractor: _Extractor = _Extractor()


class _KeyBuilder(Struct, frozen=True):
    fragments: list[_FragmentBuilder] = []


class _Fragment(Struct, frozen=True):
    string_key: str = ""


class _Key(Struct, frozen=True):
    fragments: list[_Fragment] = []


class _Scope(Struct, frozen=True):
    name: str = ""
    route_configuration_name: str = ""
    route_configuration: RouteConfiguration | None = None
    key: _Key = _Key()


class _Scopes(Struct, frozen=True):
    scoped_route_configurations: list[_Scope] = []


class _ScopedRoutes(Struct, frozen=True):
    name: str = ""
    scope_key_builder: _KeyBuilder = _KeyBuilder()
    scoped_route_configurations_list: _Scopes | None = None


class _Served(Struct, frozen=True):
    name: str = ""
    scoped_route_configs: list[_Scope] = []


class _Section(Struct, frozen=True):
    inline_scoped_route_configs: list[_Served] = []
    dynamic_scoped_route_configs: list[_Served] = []


@dataclass(frozen=True, slots=True)
class ScopeChoice:
    """The scope of a request: its name and that of its routes, or the routes themselves; or why there is none."""

    name: str = ""
    route_configuration: str = ""
    routes: RouteConfiguration | None = None
    reason: str = ""


def choose(dump: ConfigDump, manager: HttpConnectionManager, request: Request) -> ScopeChoice:
    """The scope with the key that the request has."""
    scoped = decode(manager.scoped_routes, _ScopedRoutes)
    key: list[str] = []
    for builder in scoped.scope_key_builder.fragments:
        found = _fragment(builder.header_value_extractor, request)
        if found is None:
            header = builder.header_value_extractor.name
            return ScopeChoice(reason=f"header {header} has nothing that a scope of routes could be chosen by")
        key.append(found)
    for scope in _scopes(dump, scoped):
        if [fragment.string_key for fragment in scope.key.fragments] == key:
            return ScopeChoice(scope.name, scope.route_configuration_name, scope.route_configuration)
    return ScopeChoice(reason=f"no scope of routes has the key {', '.join(key)}")


def _fragment(extractor: _Extractor, request: Request) -> str | None:
    """The part of the first value of a header; None when it is not there."""
    value = request.header(extractor.name)
    if value is None:
        return None
    elements = value.split(extractor.element_separator) if extractor.element_separator else [value]
    wanted = extractor.element
    if wanted is None:
        index = extractor.index or 0
        return elements[index] if index < len(elements) else None
    pairs = (element.partition(wanted.separator) for element in elements)
    return next((text for key, _, text in pairs if key == wanted.key), None)


def _scopes(dump: ConfigDump, scoped: _ScopedRoutes) -> Iterator[_Scope]:
    if scoped.scoped_route_configurations_list is not None:
        yield from scoped.scoped_route_configurations_list.scoped_route_configurations
        return
    if dump.has(SCOPED_ROUTES):
        section = decode(dump.section(SCOPED_ROUTES), _Section)
        served: Sequence[_Served] = (*section.inline_scoped_route_configs, *section.dynamic_scoped_route_configs)
        for one in served:
            if one.name == scoped.name:
                yield from one.scoped_route_configs
