"""Names of a real cluster, for the completions of shells."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.cli.test_completion import PATIENT, completed
from tests.cluster.api import eventually
from tests.cluster.rig import Cluster


def _deployment(name: str) -> dict[str, Any]:
    labels = {"app": name}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app", "image": "app"}]}}
    spec = {"replicas": 2, "selector": {"matchLabels": labels}, "template": pod}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


@pytest.fixture
def shop(cluster: Cluster, namespace: str) -> str:
    """A namespace with two pods of a Deployment."""
    cluster.api.create(f"/apis/apps/v1/namespaces/{namespace}/deployments", _deployment("reviews"))
    pods = f"/api/v1/namespaces/{namespace}/pods"
    eventually(lambda: len(cluster.api.get(pods)["items"]) == 2, "the pods")
    return namespace


def _asker(cluster: Cluster) -> Callable[..., list[str]]:
    return partial(completed, KUBECONFIG=str(cluster.kubeconfig()), **PATIENT)


def test_names_of_a_namespace(cluster: Cluster, shop: str) -> None:
    ask = _asker(cluster)

    pods = ask("pc", "cluster", "-n", shop, "rev")
    assert len(pods) == 2
    assert all(pod.startswith("reviews-") for pod in pods)
    assert ask("-n", shop, "pc", "cluster", "rev") == pods
    assert ask("pc", "cluster", "-n", shop, pods[0], "") == pods[1:]
    assert ask("pc", "trace", "-n", shop, pods[0], "") == []  # one pod is enough
    assert ask("pc", "cluster", "-n", shop, "pod/") == [f"pod/{pod}" for pod in pods]
    assert ask("pc", "cluster", "-n", shop, "deploy") == ["deployment/"]
    assert ask("pc", "cluster", "-n", shop, "deployment/") == ["deployment/reviews"]
    assert ask("pc", "cluster", "-n", shop, "endpointslices/") == []
    assert ask("x", "check-inject", "-n", shop, "rev") == ["reviews"]
    assert ask("pc", "diff", "-n", shop, "rev") == [":files", *pods]
    assert ask("pc", "cluster", "-n", shop[:-1]) == [shop]
    assert ask("-i", "kube-s") == ["kube-system"]
    assert "Error" not in ask("pc", "cluster", "--as", "nobody", "")


def test_revisions_and_tags(meshed: Cluster) -> None:
    ask = _asker(meshed)
    assert ask("tag", "set", "prod", "-r", "can") == ["canary"]
    assert len(ask("admin", "log", "istiod-")) == 2
    assert {"--revision=canary", "--revision=default"} <= set(ask("version", "--revision="))
