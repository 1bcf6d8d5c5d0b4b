"""Installations into the shared cluster of the tests, and the cluster as it was afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.run import Done, meshctl
from tests.cluster.api import ApiError
from tests.cluster.rig import Cluster

SYSTEM = "istio-system"
KINDS = {
    "Deployment": "/apis/apps/v1/deployments",
    "DaemonSet": "/apis/apps/v1/daemonsets",
    "Service": "/api/v1/services",
    "ConfigMap": "/api/v1/configmaps",
    "ServiceAccount": "/api/v1/serviceaccounts",
    "ResourceQuota": "/api/v1/resourcequotas",
    "Role": "/apis/rbac.authorization.k8s.io/v1/roles",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/rolebindings",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "HorizontalPodAutoscaler": "/apis/autoscaling/v2/horizontalpodautoscalers",
    "PodDisruptionBudget": "/apis/policy/v1/poddisruptionbudgets",
    "NetworkPolicy": "/apis/networking.k8s.io/v1/networkpolicies",
    "MutatingWebhookConfiguration": "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
    "ValidatingWebhookConfiguration": "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
    "ValidatingAdmissionPolicy": "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
    "ValidatingAdmissionPolicyBinding": "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
    "CustomResourceDefinition": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
}
"""Where the objects of each kind are that an installation may have."""


class Mesh:
    """meshctl against a cluster, and a look at what it left there."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.api = cluster.api
        self._extra: list[str] = []

    def run(self, *arguments: str, stdin: str = "", kubeconfig: Path | None = None) -> Done:
        """Runs meshctl as an administrator."""
        return meshctl(*arguments, stdin=stdin, KUBECONFIG=str(kubeconfig or self.cluster.kubeconfig()))

    def install(self, *arguments: str) -> Done:
        """Installs without being asked; it must succeed."""
        done = self.run("install", "-y", *arguments)
        assert done.code == 0, done.err
        return done

    def owned(self, label: str = "operator.istio.io/component") -> dict[str, dict[str, Any]]:
        """The objects with a label, by kind and name; those that controllers made do not count."""
        found = {}
        for kind, path in KINDS.items():
            for item in self.api.get(f"{path}?labelSelector={label}")["items"]:
                metadata = item["metadata"]
                if not metadata.get("ownerReferences"):
                    found["/".join(filter(None, (kind, metadata.get("namespace"), metadata["name"])))] = item | {
                        "kind": kind
                    }
        return found

    def path(self, name: str) -> str:
        """The path of an object in the API, by kind and name as `owned` gives it."""
        kind, *namespace, own = name.split("/")
        collection, _, plural = KINDS[kind].rpartition("/")
        return "/".join([collection, *(["namespaces", *namespace] if namespace else []), plural, own])

    def get(self, name: str) -> dict[str, Any]:
        """An object by kind and name."""
        found: dict[str, Any] = self.api.get(self.path(name))
        return found

    def apply(self, body: dict[str, Any], name: str, manager: str, *, force: bool = True) -> None:
        """Server-side apply of some fields of an object by another manager."""
        kind = name.split("/")[0]
        whole = {"kind": kind, "metadata": {"name": name.rpartition("/")[2]}} | body
        whole.setdefault("apiVersion", self.get(name)["apiVersion"])
        query = f"?fieldManager={manager}&force={str(force).lower()}"
        self.api.request("PATCH", self.path(name) + query, json.dumps(whole), "application/apply-patch+yaml")

    def create(self, path: str, body: dict[str, Any]) -> None:
        """Makes an object that goes at the end of the test."""
        made = self.api.create(path, body)
        self._extra.append(f"{path.partition('?')[0]}/{made['metadata']['name']}")

    def close(self) -> None:
        """Puts the cluster back into its state before."""
        self.cluster.istiod.reset()
        for path in reversed(self._extra):
            try:
                self.api.delete(path)
            except ApiError as error:
                if error.status != 404:
                    raise
        done = self.run("uninstall", "--purge", "--delete-crds", "-y")
        assert done.code == 0, done.err
        assert set(self.owned()) | set(self.owned("istio.io/tag")) == set()


@pytest.fixture
def mesh(cluster: Cluster) -> Iterator[Mesh]:
    """A cluster without a mesh."""
    found = Mesh(cluster)
    yield found
    found.close()
