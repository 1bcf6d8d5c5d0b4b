"""Clusters: the sets of endpoints that requests are sent to, and how."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from meshctl.proxyconfig.endpoints import ClusterLoadAssignment
from meshctl.proxyconfig.envoy import NO_METADATA, Extension, Metadata, decode
from meshctl.proxyconfig.names import ClusterName

_AGGREGATE = "envoy.extensions.clusters.aggregate.v3.ClusterConfig"
_NOTHING = msgspec.Raw()


class Thresholds(Struct, frozen=True):
    """Limits of a circuit breaker; Envoy's own limits are left out of JSON, and 4294967295 means none."""

    priority: str = "DEFAULT"
    max_connections: int | None = None
    max_pending_requests: int | None = None
    max_requests: int | None = None
    max_retries: int | None = None
    max_connection_pools: int | None = None
    track_remaining: bool = False


class CircuitBreakers(Struct, frozen=True):
    """Circuit breakers by priority of requests."""

    thresholds: list[Thresholds] = []


class OutlierDetection(Struct, frozen=True):
    """When an endpoint that fails is left out for a while."""

    consecutive_5xx: int | None = None
    interval: str = ""
    base_ejection_time: str = ""
    max_ejection_percent: int | None = None
    enforcing_consecutive_5xx: int | None = None
    consecutive_gateway_failure: int | None = None
    enforcing_consecutive_gateway_failure: int | None = None
    split_external_local_origin_errors: bool = False
    consecutive_local_origin_failure: int | None = None


class CommonLbConfig(Struct, frozen=True):
    """Settings that all load balancing policies share."""

    healthy_panic_threshold: msgspec.Raw = _NOTHING
    locality_weighted_lb_config: msgspec.Raw = _NOTHING


class TransportSocketMatch(Struct, frozen=True):
    """A transport socket for the endpoints that bear the labels of the match."""

    name: str = ""
    match: msgspec.Raw = _NOTHING
    transport_socket: Extension | None = None


class OriginalDestination(Struct, frozen=True):
    """How a cluster finds the address that a connection was meant for."""

    use_http_header: bool = False
    http_header_name: str = "x-envoy-original-dst-host"
    upstream_port_override: int | None = None


class EdsClusterConfig(Struct, frozen=True):
    """The name that the control plane knows the endpoints by."""

    service_name: str = ""


class Cluster(Struct, frozen=True):
    """A set of endpoints, and how requests are sent to them."""

    name: str = ""
    type: str = "STATIC"
    cluster_type: msgspec.Raw = _NOTHING
    """An extension that finds the endpoints instead of `type`."""

    alt_stat_name: str = ""
    metadata: Metadata = NO_METADATA
    connect_timeout: str = "5s"
    lb_policy: str = "ROUND_ROBIN"
    load_balancing_policy: msgspec.Raw = _NOTHING
    lb_subset_config: msgspec.Raw = _NOTHING
    original_dst_lb_config: OriginalDestination | None = None
    common_lb_config: CommonLbConfig | None = None
    circuit_breakers: CircuitBreakers | None = None
    outlier_detection: OutlierDetection | None = None
    transport_socket: Extension | None = None
    transport_socket_matches: list[TransportSocketMatch] = []
    eds_cluster_config: EdsClusterConfig | None = None
    load_assignment: ClusterLoadAssignment | None = None
    typed_extension_protocol_options: dict[str, msgspec.Raw] = {}
    filters: list[Extension] = []
    dns_lookup_family: str = "AUTO"
    max_requests_per_connection: int | None = None

    @property
    def aggregated(self) -> list[str]:
        """The clusters that an aggregate cluster consists of, the preferred one first; empty for all others."""
        kind = decode(self.cluster_type, Extension) if self.cluster_type else Extension()
        if kind.type != _AGGREGATE:
            return []
        return [str(name) for name in kind.config.get("clusters", ())]

    @property
    def parsed_name(self) -> ClusterName | None:
        """The parts of the name when it has those of Istio."""
        return ClusterName.parse(self.name)


class ClusterHead(Struct, frozen=True):
    """As much of a cluster as a list of clusters needs; tens of thousands are read for one table."""

    name: str = ""
    type: str = "STATIC"
    metadata: Metadata = NO_METADATA
