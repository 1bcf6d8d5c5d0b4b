"""The sections of a config dump, each with its resources as they stand and what Envoy says around them."""

from __future__ import annotations

import msgspec
from msgspec import Struct

ADMIN = "type.googleapis.com/envoy.admin.v3."

BOOTSTRAP = f"{ADMIN}BootstrapConfigDump"
CLUSTERS = f"{ADMIN}ClustersConfigDump"
ECDS = f"{ADMIN}EcdsConfigDump"
ENDPOINTS = f"{ADMIN}EndpointsConfigDump"
LISTENERS = f"{ADMIN}ListenersConfigDump"
ROUTES = f"{ADMIN}RoutesConfigDump"
SCOPED_ROUTES = f"{ADMIN}ScopedRoutesConfigDump"
SECRETS = f"{ADMIN}SecretsConfigDump"

OF_SINGLE = {
    "ClustersConfigDump.StaticCluster": (CLUSTERS, "static_clusters"),
    "ClustersConfigDump.DynamicCluster": (CLUSTERS, "dynamic_active_clusters"),
    "EcdsConfigDump.EcdsFilterConfig": (ECDS, "ecds_filters"),
    "EndpointsConfigDump.StaticEndpointConfig": (ENDPOINTS, "static_endpoint_configs"),
    "EndpointsConfigDump.DynamicEndpointConfig": (ENDPOINTS, "dynamic_endpoint_configs"),
    "ListenersConfigDump.StaticListener": (LISTENERS, "static_listeners"),
    "ListenersConfigDump.DynamicListener": (LISTENERS, "dynamic_listeners"),
    "RoutesConfigDump.StaticRouteConfig": (ROUTES, "static_route_configs"),
    "RoutesConfigDump.DynamicRouteConfig": (ROUTES, "dynamic_route_configs"),
    "SecretsConfigDump.StaticSecret": (SECRETS, "static_secrets"),
    "SecretsConfigDump.DynamicSecret": (SECRETS, "dynamic_active_secrets"),
}
"""The section and field that a resource is of, when `config_dump?resource=` was asked for single ones."""

_NOTHING = msgspec.Raw()


class ErrorState(Struct, frozen=True):
    """An update that the proxy refused."""

    details: str = ""
    version_info: str = ""
    last_update_attempt: str = ""
    failed_configuration: msgspec.Raw = _NOTHING


class Stored(Struct, frozen=True):
    """A resource with what Envoy says around it; the resource is in the field that has its kind's name."""

    name: str = ""
    version_info: str = ""
    last_updated: str = ""
    client_status: str = ""
    error_state: ErrorState | None = None
    cluster: msgspec.Raw = _NOTHING
    route_config: msgspec.Raw = _NOTHING
    endpoint_config: msgspec.Raw = _NOTHING
    secret: msgspec.Raw = _NOTHING
    ecds_filter: msgspec.Raw = _NOTHING
    listener: msgspec.Raw = _NOTHING
    active_state: Stored | None = None
    warming_state: Stored | None = None
    draining_state: Stored | None = None


class BootstrapSection(Struct, frozen=True):
    """`BootstrapConfigDump`."""

    bootstrap: msgspec.Raw = _NOTHING
    last_updated: str = ""


class ClustersSection(Struct, frozen=True):
    """`ClustersConfigDump`."""

    version_info: str = ""
    static_clusters: list[Stored] = []
    dynamic_active_clusters: list[Stored] = []
    dynamic_warming_clusters: list[Stored] = []


class ListenersSection(Struct, frozen=True):
    """`ListenersConfigDump`."""

    version_info: str = ""
    static_listeners: list[Stored] = []
    dynamic_listeners: list[Stored] = []


class RoutesSection(Struct, frozen=True):
    """`RoutesConfigDump`."""

    static_route_configs: list[Stored] = []
    dynamic_route_configs: list[Stored] = []


class EndpointsSection(Struct, frozen=True):
    """`EndpointsConfigDump`."""

    static_endpoint_configs: list[Stored] = []
    dynamic_endpoint_configs: list[Stored] = []


class SecretsSection(Struct, frozen=True):
    """`SecretsConfigDump`."""

    static_secrets: list[Stored] = []
    dynamic_active_secrets: list[Stored] = []
    dynamic_warming_secrets: list[Stored] = []


class EcdsSection(Struct, frozen=True):
    """`EcdsConfigDump`."""

    ecds_filters: list[Stored] = []
