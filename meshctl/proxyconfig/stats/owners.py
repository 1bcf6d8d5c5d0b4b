"""What a statistic is about, out of the name that Envoy gives it.

Istio names clusters `<direction>|<port>|<subset>|<host>` and ends that name with `;` inside names of statistics, and
connection managers `<direction>_<address>_<port>`, with the same end.
"""

from __future__ import annotations

import re

from meshctl.proxyconfig.names import ClusterName
from meshctl.proxyconfig.stats.stat import Owner

EVERY_ADDRESS = "0.0.0.0"  # noqa: S104

_PARTS = ("cluster_manager", "listener_manager", "listener_manager_impl", "server", "runtime", "http_mixer_filter")
"""Names that begin so are about a part of the proxy itself."""

_CLUSTER_STATS = (
    "upstream_|membership_|lb_|update_|circuit_breakers|http[123]|outlier_detection|assignment_|bind_errors|default|"
    "external|internal|canary|zone|max_host_weight|original_dst_host_invalid|retry_or_shadow_abandoned|version|"
    "warming_state|ssl|health_check|client_ssl_socket_factory|grpc|ext_authz|rq_|retry\\.|tls_|dns"
)
"""How the name of a statistic of a cluster begins, for names where nothing else ends the name of the cluster."""

_UNMARKED_CLUSTER = re.compile(rf"(.+?)\.((?:{_CLUSTER_STATS}).*)")
_MANAGER = re.compile(r"(inbound|outbound)_(.+)_(\d+)")
_LISTENER = re.compile(r"((?:\d+\.){3}\d+_\d+|\[[^\]]*\]_\d+|[^.]+)\.(.*)")
_VHOST = re.compile(r"(.+?)\.(route|vcluster)\.(.*)")


def owner_and_name(full: str) -> tuple[Owner, str]:
    """The owner of a statistic and its name without the owner; the scope stays: `cluster.upstream_rq_total`."""
    scope, dot, rest = full.partition(".")
    if not dot:
        return Owner(""), full
    if scope in ("cluster", "http", "tcp", "listener", "vhost"):
        owned, end, stat = rest.partition(";.")
        if not end or scope == "listener":  # the connection manager that follows a listener has such an end
            owned, stat = _split(scope, rest)
        if owned and stat:
            return owner_of(scope, owned), f"{scope}.{stat}"
    return Owner(scope if scope in _PARTS else ""), full


def owner_of(scope: str, owned: str) -> Owner:
    """The owner that a cluster, connection manager, listener or virtual host of this name stands for."""
    owned = owned.removesuffix(";")
    if scope == "vhost":
        host, _, port = owned.rpartition(":")
        return Owner(host, int(port), direction="outbound") if host and port.isdigit() else Owner(owned)
    cluster = ClusterName.parse(owned)
    if cluster is not None:
        direction = "inbound" if cluster.direction.startswith("inbound") else cluster.direction
        return Owner(cluster.fqdn, cluster.port, cluster.subset, direction)
    manager = _MANAGER.fullmatch(owned)
    if manager is not None:
        address = "" if manager[2] in (EVERY_ADDRESS, "::", "[::]") else manager[2]
        return Owner(address, int(manager[3]), direction=manager[1])
    return Owner(owned, direction="inbound" if owned.startswith("InboundPassthrough") else _outbound(owned))


def _outbound(name: str) -> str:
    return "outbound" if name in ("PassthroughCluster", "BlackHoleCluster") else ""


def _split(scope: str, rest: str) -> tuple[str, str]:
    pattern = {"cluster": _UNMARKED_CLUSTER, "vhost": _VHOST}.get(scope, _LISTENER)
    found = pattern.fullmatch(rest)
    if found is None:
        return "", ""
    return found[1], ".".join(found.groups()[1:])
