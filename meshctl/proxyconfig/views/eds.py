"""`proxy-config eds`: the endpoints as the control plane sent them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from meshctl.proxyconfig.addresses import Address
from meshctl.proxyconfig.documents import document
from meshctl.proxyconfig.dump import ConfigDump, Entry
from meshctl.proxyconfig.endpoints import ClusterLoadAssignment, LbEndpoint, LocalityEndpoints
from meshctl.proxyconfig.view import Filters, Shown, View
from meshctl.proxyconfig.views.cluster import name_order

Item = Entry[ClusterLoadAssignment]

COLUMNS = ("NAME", "STATUS", "LOCALITY", "CLUSTER")


def select(dump: ConfigDump, filters: Filters) -> list[Item]:
    """The clusters with an endpoint that is asked for, sorted."""
    found = [
        entry
        for entry in dump.endpoints
        if filters.cluster.lower() in ("", entry.resource.cluster_name.lower())
        and any(True for _ in _endpoints(entry.resource, filters))
    ]
    return sorted(found, key=lambda entry: name_order(entry.resource.cluster_name))


def rows(item: Item, filters: Filters) -> Iterator[tuple[str, ...]]:
    """A row for each endpoint."""
    for place, endpoint in _endpoints(item.resource, filters):
        yield endpoint_name(endpoint), endpoint.health_status, str(place.locality), item.resource.cluster_name


def wide_rows(item: Item, filters: Filters) -> Iterator[tuple[str, ...]]:
    """A row for each endpoint with its share of the load."""
    for row, (place, endpoint) in zip(rows(item, filters), _endpoints(item.resource, filters), strict=True):
        yield *row, _number(endpoint.load_balancing_weight), _number(place.load_balancing_weight), str(place.priority)


def wanted(endpoint: LbEndpoint, filters: Filters) -> bool:
    """Whether an endpoint has the port, address with port, and status asked for."""
    if filters.port and filters.port != endpoint.endpoint.address.port:
        return False
    if filters.address:
        known = [full_address(address) for address in endpoint.endpoint.addresses]
        if filters.bare_address:
            known += [address.host for address in endpoint.endpoint.addresses]
        if filters.address.lower() not in map(str.lower, known):
            return False
    return filters.status.lower() in ("", endpoint.health_status.lower())


def _endpoints(assignment: ClusterLoadAssignment, filters: Filters) -> Iterator[tuple[LocalityEndpoints, LbEndpoint]]:
    everything = not (filters.port or filters.address or filters.status)
    for place in assignment.endpoints:
        for endpoint in place.lb_endpoints:
            if everything or wanted(endpoint, filters):
                yield place, endpoint


def endpoint_name(endpoint: LbEndpoint) -> str:
    """All addresses of an endpoint."""
    return ",".join(full_address(address) for address in endpoint.endpoint.addresses)


def full_address(address: Address) -> str:
    """An address with its port."""
    if address.socket_address:
        return f"{address.host}:{address.port}"
    return address.pipe.path if address.pipe else address.internal or "unknown"


def _number(value: int | None) -> str:
    return "-" if value is None else str(value)


def shown(items: list[Item], filters: Filters) -> Shown:
    """What can be printed about the endpoints; JSON has only those that are asked for, in all of their localities."""
    return replace(VIEW.shown(items, filters), document=lambda: (_document(item, filters) for item in items))


def _document(item: Item, filters: Filters) -> Any:
    data = document(item.raw)
    for place, shown_place in zip(item.resource.endpoints, data.get("endpoints") or [], strict=True):
        pairs = zip(place.lb_endpoints, shown_place.get("lbEndpoints") or [], strict=True)
        if kept := [part for endpoint, part in pairs if wanted(endpoint, filters)]:
            shown_place["lbEndpoints"] = kept
        else:
            shown_place.pop("lbEndpoints", None)
    return data


VIEW: View[Item] = View(
    name="endpoint",
    columns=lambda _: COLUMNS,
    select=select,
    rows=rows,
    resource_name=lambda item: item.resource.cluster_name,
    raw=lambda item: item.raw,
    wide_columns=("WEIGHT", "LOCALITY WEIGHT", "PRIORITY"),
    wide_rows=wide_rows,
)
