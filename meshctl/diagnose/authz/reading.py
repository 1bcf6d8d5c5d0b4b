"""Reads of a cluster what an answer about access needs, and no more."""

from __future__ import annotations

from collections.abc import Iterable

from meshctl.diagnose.authz.subjects import SUBJECT_KINDS
from meshctl.kube import Cluster
from meshctl.model.kind import Kind
from meshctl.model.kinds.authorization_policy import AUTHORIZATION_POLICY
from meshctl.model.kinds.config_map import CONFIG_MAP
from meshctl.model.kinds.envoy_filter import ENVOY_FILTER
from meshctl.model.kinds.mesh_config import MESH_CONFIG
from meshctl.model.kinds.namespace import NAMESPACE
from meshctl.model.kinds.peer_authentication import PEER_AUTHENTICATION
from meshctl.model.kinds.request_authentication import REQUEST_AUTHENTICATION
from meshctl.model.membership import USE_WAYPOINT_NAMESPACE
from meshctl.model.mesh_settings import mesh_settings
from meshctl.model.resource import Resource
from meshctl.model.snapshot import Snapshot
from meshctl.sources.cluster import read_cluster

_POLICIES = (AUTHORIZATION_POLICY, REQUEST_AUTHENTICATION, PEER_AUTHENTICATION, ENVOY_FILTER)


def read_mesh(
    cluster: Cluster, namespaces: Iterable[str], istio_namespace: str, mesh_config: Resource | None = None
) -> Snapshot:
    """The workloads and policies of the namespaces, the policies of the root namespace and of waypoints elsewhere.

    The mesh config is that of the cluster where none is given.
    """
    found: list[Resource] = [mesh_config] if mesh_config is not None else []

    def read(kinds: Iterable[Kind], namespace: str) -> None:
        reading = read_cluster(cluster, kinds, namespace=namespace, istio_namespace=istio_namespace, everywhere=False)
        known = {(one.kind, one.namespace, one.name) for one in found}
        found.extend(one for one in reading.resources if (one.kind, one.namespace, one.name) not in known)

    read((CONFIG_MAP,), istio_namespace)
    root = mesh_settings(Snapshot([one for one in found if one.kind is MESH_CONFIG])).root_namespace
    read(_POLICIES, root)
    namespaces = list(dict.fromkeys(namespaces))
    for namespace in namespaces:
        read((*_POLICIES, *SUBJECT_KINDS, NAMESPACE), namespace)
    for namespace in sorted({str(one.labels.get(USE_WAYPOINT_NAMESPACE) or "") for one in found} - {"", *namespaces}):
        read(_POLICIES, namespace)
    return Snapshot(found)
