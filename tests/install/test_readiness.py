"""When an object counts as ready, by the rules of `kubectl rollout status`."""

from __future__ import annotations

from typing import Any

import pytest

from meshctl.install.readiness import NeverReadyError, missing

READY = {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}
NODES = {"observedGeneration": 2, "desiredNumberScheduled": 3, "updatedNumberScheduled": 3, "numberAvailable": 3}


def item(kind: str, status: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": "a", "generation": 2}, "spec": spec, "status": status}


@pytest.mark.parametrize(
    ("live", "lacking"),
    [
        (item("Deployment", READY, replicas=2), ""),
        (item("Deployment", READY | {"observedGeneration": 1}, replicas=2), "its controller has not seen it yet"),
        (item("Deployment", {}, replicas=2), "its controller has not seen it yet"),
        (item("Deployment", READY | {"updatedReplicas": 1}, replicas=2), "1 of 2 new pods are there"),
        (item("Deployment", READY | {"replicas": 3}, replicas=2), "1 old pods are still there"),
        (item("Deployment", READY | {"availableReplicas": 0}, replicas=2), "0 of 2 pods are available"),
        (item("Deployment", {"observedGeneration": 2}, replicas=0), ""),
        (item("DaemonSet", NODES), ""),
        (item("DaemonSet", {"observedGeneration": 2}), ""),
        (item("DaemonSet", NODES | {"updatedNumberScheduled": 1}), "1 of 3 nodes have the new pod"),
        (
            item("DaemonSet", NODES | {"updatedNumberScheduled": 1}, updateStrategy={"type": "OnDelete"}),
            "",
        ),
        (item("DaemonSet", NODES | {"numberAvailable": 2}), "the pods of 2 of 3 nodes are available"),
        (item("StatefulSet", {"observedGeneration": 2, "readyReplicas": 1}, replicas=1), "0 of 1 pods are ready"),
        (item("CustomResourceDefinition", {}), "the API server does not serve it yet"),
        (item("CustomResourceDefinition", {"conditions": [{"type": "Established", "status": "True"}]}), ""),
        (item("ConfigMap", {}), ""),
    ],
)
def test_what_is_missing(live: dict[str, Any], lacking: str) -> None:
    assert missing(live) == lacking


def test_rollout_that_has_failed_is_not_waited_for() -> None:
    stuck = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
    with pytest.raises(NeverReadyError, match="made no progress in time"):
        missing(item("Deployment", READY | {"conditions": [stuck]}, replicas=2))
