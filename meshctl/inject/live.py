"""The settings of injection as a cluster holds them: ConfigMaps, the revision behind the default tag, its nodes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from meshctl.kube import Cluster, ClusterError, ForbiddenError, ResourceType

CONFIG_MAPS = ResourceType("", "v1", "ConfigMap", "configmaps", True)
NODES = ResourceType("", "v1", "Node", "nodes", False)
WEBHOOKS = ResourceType(
    "admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", False
)
_REVISION = "istio.io/rev"
_SYSTEM = "istio-system"
_MINOR = re.compile(r"v?1\.(\d+)")


class LiveConfiguration:
    """What `configuration.load` asks of a cluster; each call raises a `ClusterError` when there is no answer."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster

    def config_map(self, namespace: str, name: str) -> Mapping[str, str] | None:
        """The data of a ConfigMap; None if there is none."""
        found = self.cluster.get(CONFIG_MAPS, name, namespace)
        data = found.get("data") if found is not None else None
        return data if isinstance(data, dict) else ({} if found is not None else None)

    def default_revision(self, namespace: str) -> str:
        """The revision behind the tag `default`; empty without the tag, or where it may not be read."""
        name = "istio-revision-tag-default" + ("" if namespace == _SYSTEM else f"-{namespace}")
        try:
            found = self.cluster.get(WEBHOOKS, name)
        except ForbiddenError:
            return ""
        labels: Any = (found or {}).get("metadata", {}).get("labels") or {}
        return str(labels.get(_REVISION, ""))

    def kubelet_minors(self) -> Sequence[int]:
        """The minor versions of all nodes; none when they may not be listed."""
        try:
            nodes = self.cluster.objects(NODES)
        except ClusterError:
            return ()
        versions = (node.get("status", {}).get("nodeInfo", {}).get("kubeletVersion", "") for node in nodes)
        return [int(found.group(1)) for version in versions if (found := _MINOR.match(str(version)))]
