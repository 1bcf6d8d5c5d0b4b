"""TCP ports of service entries without an address of their own."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import ADDRESS_NEEDED, Message
from meshctl.model.kinds.service_entry import SERVICE_ENTRY
from meshctl.model.mesh_settings import SETTINGS_KINDS, MeshSettings, mesh_settings
from meshctl.model.snapshot import Snapshot

_AUTO_ALLOCATE = "networking.istio.io/enable-autoallocate-ip"


@analyzer("serviceentry.Analyzer", inputs={SERVICE_ENTRY, *SETTINGS_KINDS}, emits={ADDRESS_NEEDED})
def addresses(mesh: Snapshot) -> Iterator[Message]:
    """Checks that TCP ports of service entries have addresses, without which they take the traffic of others."""
    if _allocated(mesh_settings(mesh)):
        return
    for entry in mesh[SERVICE_ENTRY]:
        if entry.spec["addresses"] or entry.at("status", "addresses") or entry.labels.get(_AUTO_ALLOCATE) == "true":
            continue
        for port in entry.spec["ports"]:
            if port["protocol"].text.upper() in ("", "TCP"):
                yield ADDRESS_NEEDED.at(port["name"], port=port["number"].number)


def _allocated(settings: MeshSettings) -> bool:
    """Whether all proxies answer DNS queries with addresses that are allocated for hosts without any."""
    metadata = settings.proxy_metadata
    return metadata.get("ISTIO_META_DNS_CAPTURE") == "true" and any(
        metadata.get(key) == "true" for key in ("ISTIO_META_DNS_AUTO_ALLOCATE", "PILOT_ENABLE_IP_AUTOALLOCATE")
    )
