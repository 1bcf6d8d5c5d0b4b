"""Networks with endpoints from a cluster that nobody knows."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import UNKNOWN_REGISTRY, Message
from meshctl.model.kinds.istio_operator import ISTIO_OPERATOR
from meshctl.model.kinds.mesh_networks import MESH_NETWORKS
from meshctl.model.kinds.secret import SECRET
from meshctl.model.snapshot import Snapshot

REMOTE_CLUSTERS = "istio/multiCluster"
"""Label of the secrets that hold the credentials of remote clusters, by the names of the clusters."""

_REGISTRIES = frozenset({"Mock", "Kubernetes", "External"})


@analyzer("meshnetworks.MeshNetworksAnalyzer", inputs={MESH_NETWORKS, SECRET, ISTIO_OPERATOR}, emits={UNKNOWN_REGISTRY})
def mesh_networks(mesh: Snapshot) -> Iterator[Message]:
    """Checks that the registries of mesh networks are clusters that the control plane knows."""
    known = _REGISTRIES | mesh.remotes.keys() | _clusters(mesh)
    for networks in mesh[MESH_NETWORKS]:
        for name, network in networks.field["networks"].items():
            for endpoint in network["endpoints"]:
                registry = endpoint["fromRegistry"]
                if registry.text and registry.text not in known:
                    yield UNKNOWN_REGISTRY.at(registry, needs=(SECRET,), registry=registry.text, network=name)


def _clusters(mesh: Snapshot) -> set[str]:
    """The remote clusters, and the own one where an IstioOperator names it."""
    found = set()
    for secret in mesh[SECRET]:
        if secret.labels.get(REMOTE_CLUSTERS) == "true":
            found |= {key for part in ("data", "stringData") for key in secret.field[part].mapping}
    for operator in mesh[ISTIO_OPERATOR]:
        found.add(operator.spec["values"]["global"]["multiCluster"]["clusterName"].text)
    return found
