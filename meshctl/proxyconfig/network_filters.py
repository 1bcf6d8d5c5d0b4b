"""The network filters that decide where a connection goes: HTTP connection manager and TCP proxy."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from meshctl.proxyconfig.addresses import CidrRange
from meshctl.proxyconfig.envoy import Extension, decode
from meshctl.proxyconfig.routes import RouteConfiguration

HTTP_CONNECTION_MANAGER = "envoy.filters.network.http_connection_manager"
TCP_PROXY = "envoy.filters.network.tcp_proxy"
HTTP_CONNECTION_MANAGER_TYPE = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
TCP_PROXY_TYPE = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"

_NOTHING = msgspec.Raw()


class Rds(Struct, frozen=True):
    """The name of a route configuration that the control plane serves."""

    route_config_name: str = ""


class AccessLog(Extension, frozen=True):
    """Writes down what a filter did, if a filter of its own lets it."""

    filter: msgspec.Raw = _NOTHING


class Percent(Struct, frozen=True):
    """A share of 100."""

    value: float = 0.0


class Tracing(Struct, frozen=True):
    """How many requests are traced, and by what."""

    random_sampling: Percent | None = None
    provider: Extension | None = None


_PRIVATE = [
    CidrRange(prefix, length)
    for prefix, length in (("10.0.0.0", 8), ("172.16.0.0", 12), ("192.168.0.0", 16), ("127.0.0.1", 32), ("::1", 128),
                           ("fd00::", 8))
]  # fmt: skip


class InternalAddresses(Struct, frozen=True):
    """The addresses of clients that are taken for a part of the mesh."""

    cidr_ranges: list[CidrRange] = []

    @property
    def ranges(self) -> Sequence[CidrRange]:
        """The ranges that are named; those of private addresses where none is."""
        return self.cidr_ranges or _PRIVATE


class HttpConnectionManager(Struct, frozen=True):
    """Speaks HTTP on a connection; its routes are inline or have a name."""

    stat_prefix: str = ""
    codec_type: str = "AUTO"
    rds: Rds | None = None
    route_config: RouteConfiguration | None = None
    scoped_routes: msgspec.Raw = _NOTHING
    http_filters: list[Extension] = []
    access_log: list[AccessLog] = []
    tracing: msgspec.Raw = _NOTHING
    upgrade_configs: msgspec.Raw = _NOTHING
    request_timeout: str = ""
    stream_idle_timeout: str = ""
    normalize_path: bool = False
    merge_slashes: bool = False
    path_with_escaped_slashes_action: str = "IMPLEMENTATION_SPECIFIC_DEFAULT"
    strip_matching_host_port: bool = False
    strip_any_host_port: bool = False
    strip_trailing_host_dot: bool = False
    use_remote_address: bool = False
    xff_num_trusted_hops: int = 0
    skip_xff_append: bool = False
    internal_address_config: InternalAddresses | None = None
    forward_client_cert_details: str = "SANITIZE"
    server_name: str = ""


class WeightedTcpCluster(Struct, frozen=True):
    """One of several clusters that share connections."""

    name: str = ""
    weight: int = 0
    metadata_match: msgspec.Raw = _NOTHING


class WeightedTcpClusters(Struct, frozen=True):
    """Clusters that share connections by weight."""

    clusters: list[WeightedTcpCluster] = []


class TcpProxy(Struct, frozen=True):
    """Sends the bytes of a connection to a cluster."""

    stat_prefix: str = ""
    cluster: str = ""
    weighted_clusters: WeightedTcpClusters | None = None
    metadata_match: msgspec.Raw = _NOTHING
    idle_timeout: str = ""
    tunneling_config: msgspec.Raw = _NOTHING
    access_log: list[AccessLog] = []


def http_connection_manager(filter_: Extension) -> HttpConnectionManager | None:
    """The filter as a connection manager when it is one; by its name, or by the type of its configuration."""
    if filter_.name == HTTP_CONNECTION_MANAGER or filter_.type == HTTP_CONNECTION_MANAGER_TYPE:
        return decode(filter_.typed_config, HttpConnectionManager) if filter_.typed_config else HttpConnectionManager()
    return None


def tcp_proxy(filter_: Extension) -> TcpProxy | None:
    """The filter as a TCP proxy when it is one; by its name, or by the type of its configuration."""
    if filter_.name == TCP_PROXY or filter_.type == TCP_PROXY_TYPE:
        return decode(filter_.typed_config, TcpProxy) if filter_.typed_config else TcpProxy()
    return None
