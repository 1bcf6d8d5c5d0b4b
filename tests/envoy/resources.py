"""Pieces of Envoy's configuration, named and annotated as istiod does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.envoy.certificates import Pair

Json = dict[str, Any]

_TYPES = "type.googleapis.com/envoy.extensions."

LOG_FIELDS = {
    "port": "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%",
    "chain": "%FILTER_CHAIN_NAME%",
    "route": "%ROUTE_NAME%",
    "cluster": "%UPSTREAM_CLUSTER_RAW%",
    "upstream": "%UPSTREAM_HOST%",
    "status": "%RESPONSE_CODE%",
    "flags": "%RESPONSE_FLAGS%",
}
"""What the access log tells of each request; `port` ends in the client's own port."""


def origin(kind: str, name: str, namespace: str = "shop") -> Json:
    """The metadata that names the Istio resource behind a piece of configuration."""
    path = f"/apis/networking.istio.io/v1/namespaces/{namespace}/{kind}/{name}"
    return {"metadata": {"filter_metadata": {"istio": {"config": path}}}}


def address(host: str, port: int) -> Json:
    """A socket address."""
    return {"socket_address": {"address": host, "port_value": port}}


def typed(kind: str, **fields: Any) -> Json:
    """An extension's configuration with its type."""
    return {"@type": _TYPES + kind, **fields}


def access_log(path: str, listener: str, **more: str) -> list[Json]:
    """Writes a line of JSON for each request to a file, with the name of the listener and more fields in it."""
    fields = {"listener": listener, **LOG_FIELDS, **more}
    config = typed("access_loggers.file.v3.FileAccessLog", path=path, log_format={"json_format": fields})
    return [{"name": "file", "typed_config": config}]


def rds(name: str) -> Json:
    """Routes of a connection manager by name; `running` fills in where they come from."""
    return {"rds": {"route_config_name": name}}


def connection_manager(routes: Json, log: Sequence[Json] = (), *, filters: Sequence[Json] = (), **fields: Any) -> Json:
    """An HTTP connection manager with `rds(...)` or `{"route_config": ...}`."""
    router = {"name": "envoy.filters.http.router", "typed_config": typed("filters.http.router.v3.Router")}
    kind = "filters.network.http_connection_manager.v3.HttpConnectionManager"
    own = {"stat_prefix": "http", "http_filters": [*filters, router], "access_log": list(log)}
    config = typed(kind, **{**own, **routes, **fields})
    return {"name": "envoy.filters.network.http_connection_manager", "typed_config": config}


def tcp_proxy(cluster: str | Mapping[str, int], log: Sequence[Json] = ()) -> Json:
    """A TCP proxy to a cluster, or to several by weight."""
    to: Json = {"cluster": cluster}
    if not isinstance(cluster, str):
        to = {"weighted_clusters": {"clusters": [{"name": name, "weight": n} for name, n in cluster.items()]}}
    config = typed("filters.network.tcp_proxy.v3.TcpProxy", stat_prefix="tcp", access_log=list(log), **to)
    return {"name": "envoy.filters.network.tcp_proxy", "typed_config": config}


def listener_filter(kind: str, **fields: Any) -> Json:
    """A listener filter: `tls_inspector`, `http_inspector`, `original_dst` or `proxy_protocol`."""
    message = "".join(word.title() for word in kind.split("_"))
    config = typed(f"filters.listener.{kind}.v3.{message}")
    return {"name": f"envoy.filters.listener.{kind}", "typed_config": config, **fields}


def cluster(name: str, **fields: Any) -> Json:
    """A cluster with endpoints from a discovery service."""
    return {"name": name, "type": "EDS", "connect_timeout": "2s", **fields}


def endpoints(name: str, *addresses: tuple[str, int], **fields: Any) -> Json:
    """The endpoints of a cluster, all in one locality."""
    hosts = [{"endpoint": {"address": address(*found)}} for found in addresses]
    return {"cluster_name": name, "endpoints": [{"lb_endpoints": hosts, **fields}]}


def tls_context(pair: Pair, *protocols: str, trusted: str = "", optional: bool = False) -> Json:
    """A transport socket that ends TLS; with a root to trust, the client has to have a certificate signed by it.

    With `optional`, it may also have none.
    """
    certificate = {"certificate_chain": {"inline_string": pair.certificate}, "private_key": {"inline_string": pair.key}}
    common: Json = {"tls_certificates": [certificate], "alpn_protocols": list(protocols)}
    if trusted:
        common["validation_context"] = {"trusted_ca": {"inline_string": trusted}}
    config = typed(
        "transport_sockets.tls.v3.DownstreamTlsContext",
        common_tls_context=common,
        require_client_certificate=bool(trusted) and not optional,
    )
    return {"name": "envoy.transport_sockets.tls", "typed_config": config}


def lines(path: str) -> list[Json]:
    """The lines of an access log so far."""
    with open(path) as log:
        return [json.loads(line) for line in log if line.endswith("\n")]
