"""Whether proxies have what their control plane has for them, by istiod's own account (`/debug/syncz`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

_PREFIX = "type.googleapis.com/"

SHORT_NAMES: Mapping[str, str] = {
    f"{_PREFIX}envoy.config.cluster.v3.Cluster": "CDS",
    f"{_PREFIX}envoy.config.listener.v3.Listener": "LDS",
    f"{_PREFIX}envoy.config.endpoint.v3.ClusterLoadAssignment": "EDS",
    f"{_PREFIX}envoy.config.route.v3.RouteConfiguration": "RDS",
    f"{_PREFIX}envoy.config.core.v3.TypedExtensionConfig": "ECDS",
    f"{_PREFIX}envoy.extensions.transport_sockets.tls.v3.Secret": "SDS",
    f"{_PREFIX}istio.networking.nds.v1.NameTable": "NDS",
    f"{_PREFIX}istio.mesh.v1alpha1.ProxyConfig": "PCDS",
    f"{_PREFIX}istio.workload.Address": "WDS",
    f"{_PREFIX}istio.workload.Workload": "WDS",
    f"{_PREFIX}istio.security.Authorization": "WADS",
}
"""Types of resources by what people call them; the first four come first in lists."""

_FIRST = tuple(SHORT_NAMES)[:4]

ALWAYS_SHOWN = tuple(SHORT_NAMES)[:5]
"""Types that a table by types has a column for, be they seen or not."""

_BEFORE_TYPES = dict(zip(("cluster", "listener", "endpoint", "route", "extensionconfig"), ALWAYS_SHOWN, strict=True))
"""How istiods called the types before they told them by URL (1.23 and older)."""

_KINDS = frozenset({"", "sidecar", "router", "waypoint", "ztunnel", "agentgateway"})
"""Types of clients that are proxies; others, such as istioctl itself, are passed over."""


class SyncState(StrEnum):
    """What has become of the resources of a type."""

    SYNCED = "SYNCED"
    STALE = "STALE"  # sent, and not yet acknowledged
    ERROR = "ERROR"  # refused by the proxy
    NOT_SENT = "NOT SENT"  # asked for, and nothing was there to send

    @property
    def is_problem(self) -> bool:
        """Whether the proxy lacks something that its control plane has for it."""
        return self in (SyncState.STALE, SyncState.ERROR)


@dataclass(frozen=True, slots=True)
class TypeStatus:
    """The state of a type; when it was last sent, as istiod writes it; and why the proxy refused it."""

    state: SyncState
    sent_at: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class ProxyStatus:
    """A proxy that is connected to a control plane."""

    name: str
    cluster: str
    type: str
    version: str
    types: Mapping[str, TypeStatus] = field(default_factory=dict)
    """By URL, those that the proxy has subscribed to."""

    @property
    def namespace(self) -> str:
        """The namespace of the proxy."""
        return self.name.rpartition(".")[2]

    @property
    def is_synced(self) -> bool:
        """Whether nothing of it is stale or refused."""
        return not any(status.state.is_problem for status in self.types.values())


def short_name(url: str) -> str:
    """What people call a type; its URL when it has no such name."""
    return SHORT_NAMES.get(url, url)


def in_order(urls: Iterable[str]) -> list[str]:
    """Types as istioctl orders them: CDS, LDS, EDS, RDS, then the others by URL."""
    there = set(urls)
    return [url for url in _FIRST if url in there] + sorted(there.difference(_FIRST))


def read_proxies(syncz: Any) -> Iterator[ProxyStatus]:
    """The proxies of an answer to `/debug/syncz`."""
    for item in syncz if isinstance(syncz, list) else ():
        if isinstance(item, dict) and item.get("proxy") and str(item.get("proxy_type") or "") in _KINDS:
            yield ProxyStatus(
                str(item["proxy"]),
                str(item.get("cluster_id") or ""),
                str(item.get("proxy_type") or "sidecar"),
                str(item.get("istio_version") or item.get("proxy_version") or ""),
                dict(_types(item)),
            )


def read_client_configs(resources: Any) -> Iterator[ProxyStatus]:
    """The proxies of an answer as `proxy-status -o json` prints it."""
    for item in resources if isinstance(resources, list) else ():
        node = item.get("node") if isinstance(item, dict) else None
        if isinstance(node, dict) and node.get("id"):
            told = node.get("metadata")
            metadata = told if isinstance(told, dict) else {}
            yield ProxyStatus(
                str(node["id"]),
                str(metadata.get("CLUSTER_ID") or ""),
                "",
                str(metadata.get("ISTIO_VERSION") or ""),
                dict(_configs(item.get("genericXdsConfigs"))),
            )


def _configs(found: Any) -> Iterator[tuple[str, TypeStatus]]:
    for config in found if isinstance(found, list) else ():
        # A type that the proxy has not subscribed to is unknown here.
        if isinstance(config, dict) and config.get("configStatus") in SyncState.__members__:
            error = config.get("errorState")
            details = str(error.get("details") or "") if isinstance(error, dict) else ""
            state = SyncState[config["configStatus"]]
            yield str(config.get("typeUrl", "")), TypeStatus(state, str(config.get("lastUpdated") or ""), details)


def _types(item: Mapping[str, Any]) -> Iterator[tuple[str, TypeStatus]]:
    resources = item.get("resources")
    if isinstance(resources, dict):
        for url, found in resources.items():
            if isinstance(found, dict):
                yield str(url), _status(found)
        return
    if item.get("proxy_type") == "ztunnel":
        return
    for name, url in _BEFORE_TYPES.items():
        sent, acked = item.get(f"{name}_sent"), item.get(f"{name}_acked")
        # Only few proxies ask for extension configurations, the other types are asked for by all.
        if sent or acked or name != "extensionconfig":
            yield url, _status({"sent": sent, "acked": acked})


def _status(found: Mapping[str, Any]) -> TypeStatus:
    sent_at, error = str(found.get("sentTime") or ""), str(found.get("lastError") or "")
    sent, acked = found.get("sent"), found.get("acked")
    if error:
        state = SyncState.ERROR
    elif not sent:
        state = SyncState.NOT_SENT
    else:
        state = SyncState.SYNCED if sent == acked else SyncState.STALE
    # The zero of Go's time stands for none.
    return TypeStatus(state, "" if sent_at.startswith("0001-") else sent_at, error)
