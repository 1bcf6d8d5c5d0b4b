"""Clusters without endpoints of their own: they send a connection on to where it was meant to go."""

from __future__ import annotations

from meshctl.proxyconfig.clusters import Cluster, OriginalDestination
from meshctl.proxyconfig.trace.connection import Connection, address
from meshctl.proxyconfig.trace.request import Request


def original_destination(cluster: Cluster, connection: Connection, request: Request | None) -> str:
    """The address with its port, empty where it is not known; a header of the request may tell another one."""
    config = cluster.original_dst_lb_config or OriginalDestination()
    told = (request.header(config.http_header_name) or "") if request is not None and config.use_http_header else ""
    host, _, port = told.rpartition(":")
    if address(host.strip("[]")) is None or not port.isdigit():
        host, port = connection.destination, str(connection.port)
    host = host.strip("[]")
    if not host:
        return ""
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{config.upstream_port_override or port}"
