"""Faults reach the client they are meant for, as an API server would send them."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.api import Api, ApiError
from tests.cluster.faults import Fault, FaultyServer
from tests.cluster.kubectl import kubectl
from tests.cluster.rig import Cluster

NAMESPACES = "/api/v1/namespaces"


@pytest.fixture
def faulty(cluster: Cluster, tmp_path: Path) -> Iterator[FaultyServer]:
    with FaultyServer(cluster, tmp_path) as server:
        yield server


def _api(cluster: Cluster, faulty: FaultyServer) -> Api:
    return Api(faulty.server, cluster.authority.certificate, cluster.users.tokens["admin"])


def test_only_named_requests_fail(cluster: Cluster, faulty: FaultyServer) -> None:
    api = _api(cluster, faulty)
    faulty.faults = [Fault("GET", "^/api/v1/namespaces/default$", 429, {"Retry-After": "1"}, times=2)]
    for _ in range(2):
        with pytest.raises(ApiError, match="TooManyRequests"):
            api.get(f"{NAMESPACES}/default")
        assert api.exists(f"{NAMESPACES}/kube-system")
    assert api.exists(f"{NAMESPACES}/default")


def test_connection_is_cut(cluster: Cluster, faulty: FaultyServer) -> None:
    api = _api(cluster, faulty)
    faulty.faults = [Fault("GET", "/default")]
    with pytest.raises((OSError, http.client.HTTPException)):
        api.get(f"{NAMESPACES}/default")
    assert api.exists(f"{NAMESPACES}/default")


def test_something_happens_first(cluster: Cluster, faulty: FaultyServer) -> None:
    happened: list[str] = []
    faulty.faults = [Fault("GET", "/default", before=lambda: happened.append("it"), passes=True)]
    assert _api(cluster, faulty).exists(f"{NAMESPACES}/default")
    assert happened == ["it"]


def test_kubectl_works_through_it(cluster: Cluster, faulty: FaultyServer, namespace: str) -> None:
    def run(*arguments: str) -> str:
        return kubectl(faulty.kubeconfig(), f"--namespace={namespace}", *arguments)

    faulty.faults = [Fault("POST", "/configmaps", 429, {"Retry-After": "1"})]
    run("create", "configmap", "c", "--from-literal=a=b")
    assert run("get", "configmap", "c", "--output=jsonpath={.data.a}") == "b"
    run("create", "deployment", "web", "--image=i")
    run("rollout", "status", "deployment/web", "--timeout=110s")
