"""`proxy-config endpoint`: the endpoints as the proxy sees them now."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.proxyconfig.addresses import Address
from meshctl.proxyconfig.cluster_statuses import StatusEntry
from meshctl.proxyconfig.documents import document
from meshctl.proxyconfig.endpoints import HostHealth, HostStatus
from meshctl.proxyconfig.view import Filters, Shown, Table

COLUMNS = ("ENDPOINT", "STATUS", "OUTLIER CHECK", "CLUSTER")
WIDE_COLUMNS = (*COLUMNS, "LOCALITY", "WEIGHT", "PRIORITY", "HEALTH")

_FLAGS = {
    "failed_active_health_check": "failed health check",
    "failed_outlier_check": "ejected as outlier",
    "failed_active_degraded_check": "degraded by health check",
    "pending_dynamic_removal": "to be removed",
    "pending_active_hc": "health not checked yet",
    "excluded_via_immediate_hc_fail": "excluded by its answer",
    "active_hc_timeout": "health check timed out",
}
"""What else the proxy knows about the health of an endpoint, by the field of Envoy."""


def select(statuses: list[StatusEntry], filters: Filters) -> list[StatusEntry]:
    """The clusters with an endpoint that is asked for, in the order of the answer."""
    return [entry for entry in statuses if any(True for _ in _hosts(entry, filters))]


def shown(statuses: list[StatusEntry], filters: Filters) -> Shown:
    """What can be printed about the endpoints; JSON has the clusters with all their endpoints."""
    found = select(statuses, filters)
    return Shown(
        table=lambda wide: table(found, filters, wide=wide),
        document=lambda: (document(entry.raw) for entry in found),
        names=lambda: [f"endpoint/{row[0]}" for row in table(found, filters).rows],
    )


def table(statuses: list[StatusEntry], filters: Filters, *, wide: bool = False) -> Table:
    """The table of endpoints, by address and port."""
    found = sorted(
        ((host, entry.resource.name) for entry in statuses for host in _hosts(entry, filters)),
        key=lambda pair: (_address(pair[0].address), pair[0].address.port, pair[1]),
    )
    rows = [_row(host, cluster) + (_details(host) if wide else ()) for host, cluster in found]
    return Table(WIDE_COLUMNS if wide else COLUMNS, rows, 5)


def _hosts(entry: StatusEntry, filters: Filters) -> Iterator[HostStatus]:
    if filters.cluster and filters.cluster.lower() != entry.resource.name.lower():
        return
    for host in entry.resource.host_statuses:
        if filters.port and filters.port != host.address.port:
            continue
        if filters.address and filters.address.lower() != _address(host.address).lower():
            continue
        if filters.status and filters.status.lower() != host.health_status.eds_health_status.lower():
            continue
        yield host


def _address(address: Address) -> str:
    """The address without its port."""
    if address.socket_address:
        return address.host
    return f"unix://{address.pipe.path}" if address.pipe else address.internal or "unknown"


def _row(host: HostStatus, cluster: str) -> tuple[str, ...]:
    port = f":{host.address.port}" if host.address.port else ""
    checked = "FAILED" if host.health_status.failed_outlier_check else "OK"
    return _address(host.address) + port, host.health_status.eds_health_status, checked, cluster


def _details(host: HostStatus) -> tuple[str, ...]:
    return str(host.locality) or "-", str(host.weight), str(host.priority), health_text(host.health_status)


def health_text(health: HostHealth) -> str:
    """All that the proxy knows about the health of an endpoint, in words."""
    found = [text for flag, text in _FLAGS.items() if getattr(health, flag)]
    if health.eds_health_status not in ("HEALTHY", "UNKNOWN"):
        found.insert(0, f"{health.eds_health_status.lower()} says the control plane")
    return ", ".join(found) or "ok"
