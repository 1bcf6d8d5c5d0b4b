"""Hosts that a Sidecar resource imports although they do not exist."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import EGRESS_TO_NOTHING, Message
from meshctl.model.hosts import fqdn
from meshctl.model.kinds.service import SERVICE
from meshctl.model.kinds.service_entry import SERVICE_ENTRY
from meshctl.model.kinds.sidecar import SIDECAR
from meshctl.model.kinds.virtual_service import VIRTUAL_SERVICE
from meshctl.model.registry import registry, would_hold
from meshctl.model.snapshot import Snapshot, derived


@derived
def _routed_hosts(mesh: Snapshot) -> frozenset[tuple[str, str]]:
    """The hosts of virtual services, each with the namespace that defines it."""
    return frozenset(
        (fqdn(host, virtual_service.namespace), virtual_service.namespace)
        for virtual_service in mesh[VIRTUAL_SERVICE]
        for host in virtual_service.spec["hosts"].texts
    )


@analyzer(
    "sidecar.EgressHostAnalyzer",
    inputs={SIDECAR, SERVICE, SERVICE_ENTRY, VIRTUAL_SERVICE},
    emits={EGRESS_TO_NOTHING},
)
def egress(mesh: Snapshot) -> Iterator[Message]:
    """Checks that the hosts which Sidecar resources import exist."""
    for sidecar in mesh[SIDECAR]:
        for listener in sidecar.spec["egress"]:
            for written in listener["hosts"]:
                place, slash, host = written.text.partition("/")
                if not slash or not host or host.startswith("*") or place.startswith("~"):
                    continue
                namespace = sidecar.namespace if place in (".", "*") else place
                known = any(
                    place == "*" or found.resource.namespace == namespace
                    for found in registry(mesh).all(host, namespace, frozenset({sidecar.namespace}))
                )
                routed = _routed_hosts(mesh)
                if not known and not any(
                    (fqdn(host, namespace), owner) in routed for owner in {namespace, sidecar.namespace}
                ):
                    yield EGRESS_TO_NOTHING.at(
                        written,
                        needs=(SERVICE, SERVICE_ENTRY),
                        proven=would_hold(mesh, host, namespace),
                        host=host,
                        namespace=place,
                    )
