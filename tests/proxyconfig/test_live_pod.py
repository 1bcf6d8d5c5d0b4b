"""A real Envoy in a pod: every view reaches it through the port-forward of a real API server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.run import Done, meshctl
from tests.cluster.api import eventually
from tests.cluster.rig import Cluster
from tests.envoy.small_mesh import small_mesh

ADMIN = 15000


@pytest.fixture
def pod(cluster: Cluster, namespace: str) -> Iterator[tuple[Cluster, str]]:
    """A cluster and the name of a Deployment in it whose pod has an Envoy at the admin port."""
    labels = {"app": "web"}
    container = {"name": "istio-proxy", "image": "registry.example/proxy"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    with small_mesh() as (envoy, _):
        cluster.network.serve(ADMIN, int(envoy.admin.rpartition(":")[2]))
        try:
            cluster.api.create(
                path, {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}
            )
            eventually(lambda: cluster.api.get(f"{path}/web")["status"].get("readyReplicas"), "the pod")
            yield cluster, f"deployment/web.{namespace}"
        finally:
            cluster.network.withdraw(ADMIN)


def pc(found: tuple[Cluster, str], view: str, *arguments: str) -> Done:
    cluster, target = found
    return meshctl("proxy-config", view, target, *arguments, "-c", str(cluster.kubeconfig()))


def test_every_view_comes_through_the_port_forward(pod: tuple[Cluster, str]) -> None:
    for view, heading in {
        "cluster": "SERVICE FQDN",
        "listener": "ADDRESSES",
        "route": "NAME",
        "endpoint": "ENDPOINT",
        "all": "SERVICE FQDN",
        "log": "admin: ",
        "bootstrap": '"admin"',
    }.items():
        done = pc(pod, view)
        assert done.code == 0, (view, done.err)
        assert heading in done.out, view


def test_statistics_and_requests_of_a_pod(pod: tuple[Cluster, str]) -> None:
    stats = pc(pod, "stats")
    assert stats.code == 0, stats.err
    trace = pc(pod, "trace", "--port", "15001", "--request", "GET http://reviews:9080/x")
    assert trace.code == 0, trace.err
    assert "reviews.shop.svc.cluster.local" in trace.out


def test_level_of_a_logger_is_set(pod: tuple[Cluster, str]) -> None:
    assert "http: debug" in pc(pod, "log", "--level", "http:debug").out
    assert "http: debug" in pc(pod, "log").out


def test_pod_without_a_proxy_is_said_in_a_line(pod: tuple[Cluster, str]) -> None:
    cluster, _ = pod
    cluster.network.withdraw(ADMIN)
    done = pc(pod, "cluster")
    assert (done.code, done.out) == (65, "")
    assert done.err.count("\n") == 1
    assert "15000" in done.err


def test_pod_that_does_not_exist_is_named(pod: tuple[Cluster, str]) -> None:
    cluster, target = pod
    done = pc((cluster, target.replace("web", "gone")), "cluster")
    assert (done.code, done.out) == (65, "")
    assert "gone" in done.err


def test_authorization_policies_of_a_pod(pod: tuple[Cluster, str]) -> None:
    cluster, target = pod
    for group in (["authz"], ["experimental", "authz"]):
        done = meshctl(*group, "check", target, "-c", str(cluster.kubeconfig()))
        assert (done.code, done.out, done.err) == (0, "ACTION   AuthorizationPolicy   RULES\n", "")
