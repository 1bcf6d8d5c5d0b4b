"""A config dump: its sections, and the resources in them as typed entries."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from functools import cached_property
from typing import Generic, TypeVar

import msgspec
import re2
from msgspec import Struct

from meshctl.proxyconfig import sections
from meshctl.proxyconfig.bootstrap import Bootstrap
from meshctl.proxyconfig.clusters import Cluster, ClusterHead
from meshctl.proxyconfig.endpoints import ClusterLoadAssignment
from meshctl.proxyconfig.envoy import Extension, decode, decoded, decoder, lower_first, type_url
from meshctl.proxyconfig.errors import SAVE_IT, DumpError, MissingSectionError
from meshctl.proxyconfig.json_names import with_field_names
from meshctl.proxyconfig.listeners import Listener
from meshctl.proxyconfig.routes import RouteConfiguration
from meshctl.proxyconfig.secrets import Secret
from meshctl.proxyconfig.sections import ErrorState, Stored

_JSON_NAMES = re2.compile(
    rb'"(?:(?:static|dynamic|dynamicActive|dynamicWarming)(?:Clusters|Listeners|RouteConfigs|Secrets|EndpointConfigs)'
    rb'|ecdsFilters|userAgentBuildVersion)"\s*:'
)
"""Fields as istiod and tools that read protobuf name them, of which Envoy has others."""

_BEGINNING = 64 * 1024
"""The part of a section, which may be very long, in which one of these fields is."""

_NOT_OF_ISTIOD = re.compile(rb'"(?:static[A-Z]\w*|userAgentBuildVersion)"\s*:')
"""Fields of what only a proxy knows."""

_NAME = re.compile(rb'"(?:cluster_)?name"\s*:\s*"([^"\\]*)"')

M = TypeVar("M", bound=Struct)
S = TypeVar("S", bound=Struct)


class State(StrEnum):
    """What the proxy does with a resource."""

    STATIC = "STATIC"  # from its own bootstrap
    ACTIVE = "ACTIVE"
    WARMING = "WARMING"  # waits for something, such as endpoints or certificates
    DRAINING = "DRAINING"  # replaced or removed, finishes what it has
    REJECTED = "REJECTED"  # known only by an update that was refused


class Entry(Generic[M]):
    """A resource in a dump, decoded when it is first asked for."""

    __slots__ = ("_decoded", "_message", "raw", "state", "stored")

    def __init__(self, state: State, stored: Stored, raw: msgspec.Raw, message: type[M]) -> None:
        self.state = state
        self.stored = stored
        self.raw = raw  # the JSON of the resource as Envoy wrote it
        self._message = message
        self._decoded: M | None = None

    @property
    def resource(self) -> M:
        """The resource itself. Raises `DumpError`."""
        if self._decoded is None:
            self._decoded = self.read_as(self._message)
        return self._decoded

    def read_as(self, message: type[S]) -> S:
        """Only those fields of the resource that another message has. Raises `DumpError`."""
        if not self.raw:
            return message()
        try:
            return decode(self.raw, message)
        except DumpError as error:
            found = _NAME.search(bytes(self.raw))
            named = f" {found[1].decode('utf-8', 'replace')}" if found else ""
            raise DumpError(f"{self._message.__name__}{named}: {error.message}", hint=error.hint) from error

    @property
    def name(self) -> str:
        """The name of the resource, also of one that was refused before there was any."""
        if self.stored.name or self.raw:
            return self.stored.name or _name_of(self.resource)
        error = self.error
        return (
            _name_of(decode(error.failed_configuration, self._message)) if error and error.failed_configuration else ""
        )

    @property
    def error(self) -> ErrorState | None:
        """The last update of the resource, when the proxy refused it."""
        return self.stored.error_state


def _name_of(resource: Struct) -> str:
    return str(getattr(resource, "name", "") or getattr(resource, "cluster_name", ""))


class _Answer(Struct, frozen=True):
    configs: list[msgspec.Raw] | None = None
    cluster_statuses: msgspec.Raw = msgspec.Raw()
    stats: msgspec.Raw = msgspec.Raw()


class ConfigDump:
    """Envoy's answer to `/config_dump`, whole or masked; or that of istiod, of what it would send a proxy."""

    def __init__(self, configs: Iterable[msgspec.Raw], *, of_istiod: bool = False) -> None:
        self.of_istiod = of_istiod
        self._sections: dict[str, list[msgspec.Raw]] = {}
        single: dict[str, dict[str, list[bytes]]] = {}
        for raw in configs:
            url = type_url(raw)
            place = sections.OF_SINGLE.get(url.removeprefix(sections.ADMIN))
            if place is None:
                self._sections.setdefault(url, []).append(raw)
            else:
                single.setdefault(place[0], {}).setdefault(place[1], []).append(bytes(raw))
        for url, fields in single.items():
            parts = [b'"%s": [%s]' % (field.encode(), b", ".join(items)) for field, items in fields.items()]
            section = b'{"@type": "%s", %s}' % (url.encode(), b", ".join(parts))
            self._sections.setdefault(url, []).append(msgspec.Raw(section))

    @property
    def section_names(self) -> list[str]:
        """The sections that are there, by the last word of their type."""
        return [url.removeprefix(sections.ADMIN) for url in self._sections]

    def has(self, url: str) -> bool:
        """Whether a section is there, even if nothing is in it."""
        return url in self._sections

    def section(self, url: str) -> msgspec.Raw:
        """The JSON of a section; of several the last counts. Raises `MissingSectionError`."""
        return self.all_sections(url)[-1]

    def all_sections(self, url: str) -> list[msgspec.Raw]:
        """All sections of a kind, of which there is at least one. Raises `MissingSectionError`."""
        found = self._sections.get(url)
        if not found:
            raise MissingSectionError(url, self.section_names)
        return found

    @cached_property
    def bootstrap(self) -> Bootstrap:
        """What the proxy was started with."""
        raw = decode(self.section(sections.BOOTSTRAP), sections.BootstrapSection).bootstrap
        return decode(raw, Bootstrap) if raw else Bootstrap()

    @cached_property
    def clusters(self) -> list[Entry[Cluster]]:
        """Clusters: active, static, then warming."""
        found = decode(self.section(sections.CLUSTERS), sections.ClustersSection)
        return [
            *_entries(State.ACTIVE, found.dynamic_active_clusters, _cluster, Cluster),
            *_entries(State.STATIC, found.static_clusters, _cluster, Cluster),
            *_entries(State.WARMING, found.dynamic_warming_clusters, _cluster, Cluster),
        ]

    @cached_property
    def listeners(self) -> list[Entry[Listener]]:
        """Listeners: the states of each dynamic one, then the static ones."""
        found = decode(self.section(sections.LISTENERS), sections.ListenersSection)
        return [
            *_dynamic_listeners(found.dynamic_listeners),
            *(Entry(State.STATIC, stored, stored.listener, Listener) for stored in found.static_listeners),
        ]

    @cached_property
    def routes(self) -> list[Entry[RouteConfiguration]]:
        """Route configurations: dynamic, then static ones (those inline in listeners too)."""
        found = decode(self.section(sections.ROUTES), sections.RoutesSection)
        return [
            *_entries(State.ACTIVE, found.dynamic_route_configs, _route, RouteConfiguration),
            *_entries(State.STATIC, found.static_route_configs, _route, RouteConfiguration),
        ]

    @cached_property
    def endpoints(self) -> list[Entry[ClusterLoadAssignment]]:
        """Endpoints by cluster, dynamic then static; nothing where the dump was taken without them."""
        if not self.has(sections.ENDPOINTS):
            return []
        found = decode(self.section(sections.ENDPOINTS), sections.EndpointsSection)
        return [
            *_entries(State.ACTIVE, found.dynamic_endpoint_configs, _endpoint, ClusterLoadAssignment),
            *_entries(State.STATIC, found.static_endpoint_configs, _endpoint, ClusterLoadAssignment),
        ]

    @cached_property
    def secrets(self) -> list[Entry[Secret]]:
        """Secrets: warming, active, then static."""
        found = decode(self.section(sections.SECRETS), sections.SecretsSection)
        return [
            *_entries(State.WARMING, found.dynamic_warming_secrets, _secret, Secret),
            *_entries(State.ACTIVE, found.dynamic_active_secrets, _secret, Secret),
            *_entries(State.STATIC, found.static_secrets, _secret, Secret),
        ]

    @cached_property
    def extensions(self) -> list[Entry[Extension]]:
        """Filters that the control plane serves by themselves (ECDS), of all sections together."""
        return [
            entry
            for raw in self.all_sections(sections.ECDS)
            for entry in _entries(
                State.ACTIVE, decode(raw, sections.EcdsSection).ecds_filters, lambda s: s.ecds_filter, Extension
            )
        ]

    def cluster_heads(self) -> Iterator[tuple[Entry[Cluster], ClusterHead]]:
        """Clusters with only their name, type and metadata read."""
        for entry in self.clusters:
            yield entry, entry.read_as(ClusterHead)


def read(data: bytes, *, of_istiod: bool = False) -> ConfigDump:
    """The config dump of an answer to `/config_dump`. Raises `DumpError`.

    `of_istiod` says that istiod wrote it; else its names of fields tell: camelCase, and nothing static.
    """
    answer = _read_answer(data)
    if answer.configs is None:
        if answer.cluster_statuses:
            raise DumpError(
                "this is Envoy's answer to /clusters, not a config dump", hint=f"read it with endpoint, or {SAVE_IT}"
            )
        raise DumpError("this is no config dump of Envoy: it has no configs", hint=SAVE_IT)
    if of_istiod or any(_JSON_NAMES.search(memoryview(raw), 0, _BEGINNING) for raw in answer.configs):
        of_istiod = of_istiod or not _NOT_OF_ISTIOD.search(data)
        return ConfigDump(map(_as_envoy_writes, answer.configs), of_istiod=of_istiod)
    return ConfigDump(answer.configs)


def _as_envoy_writes(section: msgspec.Raw) -> msgspec.Raw:
    """A section that istiod has written, with the names of fields that Envoy writes."""
    return msgspec.Raw(msgspec.json.encode(with_field_names(decoded(section))))


def _read_answer(data: bytes) -> _Answer:
    try:
        return decoder(_Answer).decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if data.lstrip().startswith(b"["):
            raise DumpError(
                "this is a list, as proxy-config prints, and not Envoy's own answer", hint=SAVE_IT
            ) from error
        raise DumpError(f"this is no JSON of Envoy: {lower_first(str(error))}", hint=SAVE_IT) from error


def _cluster(stored: Stored) -> msgspec.Raw:
    return stored.cluster


def _route(stored: Stored) -> msgspec.Raw:
    return stored.route_config


def _endpoint(stored: Stored) -> msgspec.Raw:
    return stored.endpoint_config


def _secret(stored: Stored) -> msgspec.Raw:
    return stored.secret


def _entries(
    state: State, found: Iterable[Stored], raw: Callable[[Stored], msgspec.Raw], message: type[M]
) -> Iterator[Entry[M]]:
    for stored in found:
        content = raw(stored)
        # An update refused the first time leaves no resource behind, only the error.
        yield Entry(state if content else State.REJECTED, stored, content, message)


def _dynamic_listeners(found: Iterable[Stored]) -> Iterator[Entry[Listener]]:
    for stored in found:
        states = (
            (State.ACTIVE, stored.active_state),
            (State.WARMING, stored.warming_state),
            (State.DRAINING, stored.draining_state),
        )
        held = [(state, inner) for state, inner in states if inner is not None and inner.listener]
        for state, inner in held:
            yield Entry(state, stored, inner.listener, Listener)
        if not held:
            yield Entry(State.REJECTED, stored, msgspec.Raw(), Listener)
