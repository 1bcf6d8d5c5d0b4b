"""Services that are not the same in all clusters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import CLUSTERS_DISAGREE, Message
from meshctl.model.kinds.service import SERVICE
from meshctl.model.resource import Field, Resource
from meshctl.model.snapshot import Snapshot

LOCAL = "default"
"""What the cluster is called that the others are remote from."""

_API_SERVER = "default/kubernetes"


@analyzer("services.MultiClusterServiceAnalyzer", inputs={SERVICE}, emits={CLUSTERS_DISAGREE})
def multi_cluster(mesh: Snapshot) -> Iterator[Message]:
    """Checks that a service which several clusters have is the same in all of them.

    That of the API server is none of the mesh: each cluster has its own.
    """
    found: dict[str, list[tuple[str, Resource]]] = {}
    clusters = {LOCAL: [service for service in mesh[SERVICE] if not mesh.is_remote(service)]}
    clusters |= {name: list(mesh.remotes[name][SERVICE]) for name in sorted(mesh.remotes)}
    for name, services in clusters.items():
        for service in services:
            found.setdefault(service.full_name, []).append((name, service))
    found.pop(_API_SERVER, None)
    for (first_cluster, first), *others in found.values():
        differing, problems = [first_cluster], {}
        for cluster, other in others:
            differences = list(_differences(first, other))
            if differences:
                differing.append(cluster)
                problems.update(dict.fromkeys(differences))
        if problems:
            yield CLUSTERS_DISAGREE.on(
                first, service=first.name, namespace=first.namespace, clusters=differing, problem=", ".join(problems)
            )


def _differences(one: Resource, other: Resource) -> Iterator[str]:
    if _headless(one) != _headless(other):
        yield "one of them is headless"
    if _type(one) != _type(other):
        yield f"their types are {_type(one)} and {_type(other)}"
    if _ports(one) != _ports(other):
        yield "their ports differ"


def _headless(service: Resource) -> bool:
    return bool(service.spec["clusterIP"].value == "None")


def _type(service: Resource) -> str:
    return service.spec["type"].text or "ClusterIP"


def _ports(service: Resource) -> list[tuple[Any, ...]]:
    return sorted(map(_port, service.spec["ports"]))


def _port(port: Field) -> tuple[Any, ...]:
    """What clients see of a port. The node port is each cluster's own."""
    number = port["port"].number
    target = port["targetPort"]
    return (
        port["name"].text,
        number,
        port["protocol"].text or "TCP",
        port["appProtocol"].text,
        target.text or str(target.number or number),
    )
