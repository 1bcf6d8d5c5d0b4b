"""Envoy's `/clusters?format=json`: numbers for each endpoint."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from meshctl.proxyconfig.addresses import Address
from meshctl.proxyconfig.endpoints import ClusterStatus
from meshctl.proxyconfig.envoy import decode
from meshctl.proxyconfig.stats.errors import StatsError
from meshctl.proxyconfig.stats.owners import owner_of
from meshctl.proxyconfig.stats.stat import Kind, Stat

ENDPOINT = "endpoint"
"""The label with the address of the endpoint."""


class _Page(Struct, frozen=True):
    cluster_statuses: list[ClusterStatus] | None = None


def stats(data: bytes) -> Iterator[Stat]:
    """The numbers of every endpoint. Raises `DumpError`."""
    found = decode(data, _Page).cluster_statuses
    if found is None:
        raise StatsError("this JSON has no cluster_statuses")
    for cluster in found:
        owner = owner_of("cluster", cluster.name)
        for host in cluster.host_statuses:
            labels = ((ENDPOINT, _address(host.address)),)
            for stat in host.stats:
                kind = Kind.GAUGE if stat.type == "GAUGE" else Kind.COUNTER
                yield Stat(owner, f"endpoint.{stat.name}", kind, int(stat.value), labels=labels)


def _address(address: Address) -> str:
    if address.socket_address is None:
        return f"unix://{address.pipe.path}" if address.pipe else address.internal
    host = f"[{address.host}]" if ":" in address.host else address.host
    return f"{host}:{address.port}"
