"""Endpoints as the control plane sent them (EDS), and as the proxy sees them (its page `/clusters`)."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from meshctl.proxyconfig.addresses import AdditionalAddress, Address
from meshctl.proxyconfig.envoy import NO_METADATA, Metadata

_NOTHING = msgspec.Raw()


class Locality(Struct, frozen=True):
    """Where an endpoint runs."""

    region: str = ""
    zone: str = ""
    sub_zone: str = ""

    def __str__(self) -> str:
        """Region, zone and sub-zone up to the first that is not known."""
        parts: list[str] = []
        for part in (self.region, self.zone, self.sub_zone):
            if not part:
                break
            parts.append(part)
        return "/".join(parts)


class Endpoint(Struct, frozen=True):
    """The addresses of an endpoint."""

    address: Address = Address()
    hostname: str = ""
    additional_addresses: list[AdditionalAddress] = []
    health_check_config: msgspec.Raw = _NOTHING

    @property
    def addresses(self) -> list[Address]:
        """The address and the additional ones."""
        return [self.address, *(more.address for more in self.additional_addresses)]


class LbEndpoint(Struct, frozen=True):
    """An endpoint among those that share the load."""

    endpoint: Endpoint = Endpoint()
    endpoint_name: str = ""
    health_status: str = "UNKNOWN"
    load_balancing_weight: int | None = None
    metadata: Metadata = NO_METADATA


class LocalityEndpoints(Struct, frozen=True):
    """The endpoints of one locality and priority."""

    locality: Locality = Locality()
    lb_endpoints: list[LbEndpoint] = []
    load_balancing_weight: int | None = None
    priority: int = 0


class ClusterLoadAssignment(Struct, frozen=True):
    """The endpoints of a cluster."""

    cluster_name: str = ""
    endpoints: list[LocalityEndpoints] = []
    policy: msgspec.Raw = _NOTHING


class HostHealth(Struct, frozen=True):
    """What the proxy knows about the health of an endpoint, from the control plane and by itself."""

    eds_health_status: str = "UNKNOWN"
    failed_active_health_check: bool = False
    failed_outlier_check: bool = False
    failed_active_degraded_check: bool = False
    pending_dynamic_removal: bool = False
    pending_active_hc: bool = False
    excluded_via_immediate_hc_fail: bool = False
    active_hc_timeout: bool = False


class HostStat(Struct, frozen=True):
    """A number that the proxy counts for an endpoint; 64 bits are a text in JSON."""

    name: str = ""
    type: str = "COUNTER"
    value: str | int = "0"


class HostStatus(Struct, frozen=True):
    """An endpoint as the proxy sees it."""

    address: Address = Address()
    health_status: HostHealth = HostHealth()
    hostname: str = ""
    weight: int = 0
    priority: int = 0
    locality: Locality = Locality()
    stats: list[HostStat] = []
    success_rate: msgspec.Raw = _NOTHING
    local_origin_success_rate: msgspec.Raw = _NOTHING


class ClusterStatus(Struct, frozen=True):
    """A cluster as the proxy sees it, with its endpoints."""

    name: str = ""
    added_via_api: bool = False
    host_statuses: list[HostStatus] = []
    observability_name: str = ""
    eds_service_name: str = ""
    circuit_breakers: msgspec.Raw = _NOTHING
