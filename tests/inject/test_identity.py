"""The workload that a pod belongs to, as its proxy tells the control plane."""

from __future__ import annotations

from typing import Any

import pytest

from tests.inject.one_pod import injected, pod, read, variables


def owned(kind: str, name: str, labels: dict[str, Any] | None = None, version: str = "apps/v1") -> dict[str, Any]:
    """The metadata of a pod that a controller has made."""
    other = {"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "1"}
    owner = {"apiVersion": version, "kind": kind, "name": name, "uid": "2", "controller": True}
    return {"generateName": f"{name}-", "labels": labels or {}, "ownerReferences": [other, owner]}


@pytest.mark.parametrize(
    ("metadata", "name", "owner"),
    [
        (owned("ReplicaSet", "web-5d", {"pod-template-hash": "5d"}), "web", "apps/v1/namespaces/shop/deployments/web"),
        # A hash of digits alone is a number in YAML.
        (owned("ReplicaSet", "web-55", {"pod-template-hash": 55}), "web", "apps/v1/namespaces/shop/deployments/web"),
        (owned("ReplicaSet", "web-55", {"rollouts-pod-template-hash": "55"}), "web",
         "v1alpha1/namespaces/shop/rollouts/web"),
        (owned("ReplicaSet", "web-55", {"pod-template-hash": "66"}), "web-55",
         "apps/v1/namespaces/shop/replicasets/web-55"),
        (owned("ReplicaSet", "web-55"), "web-55", "apps/v1/namespaces/shop/replicasets/web-55"),
        (owned("ReplicationController", "web-3", {"deploymentconfig": "web"}, "v1"), "web",
         "v1/namespaces/shop/deploymentconfigs/web"),
        (owned("Job", "tidy-27891234", version="batch/v1"), "tidy", "batch/v1/namespaces/shop/cronjobs/tidy"),
        (owned("Job", "tidy-2024", version="batch/v1"), "tidy-2024", "batch/v1/namespaces/shop/jobs/tidy-2024"),
        (owned("StatefulSet", "db"), "db", "apps/v1/namespaces/shop/statefulsets/db"),
        # Without a generated name, the pod was made by hand, whoever it says it belongs to.
        ({**owned("StatefulSet", "db"), "generateName": "", "name": "p"}, "p", "v1/namespaces/shop/pods/p"),
        ({"name": 12}, "12", "v1/namespaces/shop/pods/12"),
        ({"generateName": "free-"}, None, None),
    ],
)  # fmt: skip
def test_workload_of_a_pod(metadata: dict[str, Any], name: str | None, owner: str | None) -> None:
    found = injected({**pod(), "metadata": {"namespace": "shop", **metadata}})
    known = variables(found)
    assert known.get("ISTIO_META_WORKLOAD_NAME") == name
    assert known.get("ISTIO_META_OWNER") == (f"kubernetes://apis/{owner}" if owner else None)
    if name:
        assert found["metadata"]["labels"]["service.istio.io/canonical-name"] == name


def test_workload_of_a_template_is_its_object() -> None:
    found = injected(
        read(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n"
            "    metadata: {name: other, generateName: x-, labels: {service.istio.io/workload-name: w}}\n"
            "    spec: {containers: [{name: c, image: i}]}\n"
        )
    )
    assert variables(found)["ISTIO_META_WORKLOAD_NAME"] == "w"
    assert variables(found)["ISTIO_META_OWNER"] == "kubernetes://apis/apps/v1/namespaces/default/deployments/web"
