"""Listeners, their filter chains and what matches a connection to one."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from meshctl.proxyconfig.addresses import AdditionalAddress, Address, CidrRange
from meshctl.proxyconfig.envoy import NO_METADATA, Extension, Metadata

_NOTHING = msgspec.Raw()


class FilterChainMatch(Struct, frozen=True):
    """What a connection must have for a filter chain; what is absent does not matter."""

    destination_port: int | None = None
    prefix_ranges: list[CidrRange] = []
    address_suffix: str = ""
    suffix_len: int | None = None
    direct_source_prefix_ranges: list[CidrRange] = []
    source_type: str = "ANY"
    source_prefix_ranges: list[CidrRange] = []
    source_ports: list[int] = []
    server_names: list[str] = []
    transport_protocol: str = ""
    application_protocols: list[str] = []


class FilterChain(Struct, frozen=True):
    """The filters that connections of one kind pass."""

    name: str = ""
    filter_chain_match: FilterChainMatch = FilterChainMatch()
    filters: list[Extension] = []
    transport_socket: Extension | None = None
    transport_socket_connect_timeout: str = ""
    metadata: Metadata = NO_METADATA


class PortRange(Struct, frozen=True):
    """Ports from `start` up to, but without, `end`."""

    start: int = 0
    end: int = 0


class Predicates(Struct, frozen=True):
    """Several predicates."""

    rules: list[Predicate] = []


class Predicate(Struct, frozen=True):
    """What a connection must be like for a listener filter to be passed over; one of the forms is set."""

    any_match: bool = False
    destination_port_range: PortRange | None = None
    not_match: Predicate | None = None
    or_match: Predicates | None = None
    and_match: Predicates | None = None


class ListenerFilter(Extension, frozen=True):
    """Looks at a connection before a filter chain is chosen."""

    filter_disabled: msgspec.Raw = _NOTHING
    """The `Predicate` of connections that the filter is passed over for."""


class Listener(Struct, frozen=True):
    """An address that the proxy listens on, or one that only other listeners hand connections to."""

    name: str = ""
    address: Address = Address()
    additional_addresses: list[AdditionalAddress] = []
    filter_chains: list[FilterChain] = []
    default_filter_chain: FilterChain | None = None
    filter_chain_matcher: msgspec.Raw = _NOTHING
    listener_filters: list[ListenerFilter] = []
    traffic_direction: str = "UNSPECIFIED"
    use_original_dst: bool = False
    bind_to_port: bool = True
    internal_listener: msgspec.Raw = _NOTHING
    access_log: list[Extension] = []
    metadata: Metadata = NO_METADATA

    @property
    def chains(self) -> list[FilterChain]:
        """All filter chains, the default one last."""
        return [*self.filter_chains, self.default_filter_chain] if self.default_filter_chain else self.filter_chains

    @property
    def addresses(self) -> list[Address]:
        """The address and the additional ones."""
        return [self.address, *(more.address for more in self.additional_addresses)]
