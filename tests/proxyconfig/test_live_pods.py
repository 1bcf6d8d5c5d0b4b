"""Several pods at once, each with a real Envoy behind the port-forward of a real API server, and one that is silent."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.cli.run import Done, meshctl
from tests.cluster.api import eventually
from tests.cluster.rig import Cluster
from tests.envoy.small_mesh import OUTBOUND, small_mesh

ADMIN = 15000
VIEWS = ["cluster", "listener", "route", "endpoint", "eds", "secret", "stats"]


@contextmanager
def _hanging(cluster: Cluster) -> Iterator[None]:
    """Lets proxies accept connections and say nothing."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        cluster.network.serve(ADMIN, listening.getsockname()[1])
        yield


@dataclass(frozen=True)
class Workload:
    """A Deployment `web` with two pods that have a proxy, in a namespace of its own."""

    cluster: Cluster
    namespace: str
    pods: list[str]

    def run(self, *arguments: str) -> Done:
        return meshctl(*arguments, "-n", self.namespace, "-c", str(self.cluster.kubeconfig()))

    def pc(self, *arguments: str) -> Done:
        return self.run("proxy-config", *arguments)


def _template(app: str, container: str = "istio-proxy") -> dict[str, Any]:
    spec = {"containers": [{"name": container, "image": "registry.example/proxy"}]}
    return {"metadata": {"labels": {"app": app}}, "spec": spec}


@pytest.fixture
def web(cluster: Cluster, namespace: str) -> Iterator[Workload]:
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": _template("web")}
    path, pods = f"/apis/apps/v1/namespaces/{namespace}/deployments", f"/api/v1/namespaces/{namespace}/pods"
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}
    with small_mesh() as (envoy, _):
        cluster.network.serve(ADMIN, int(envoy.admin.rpartition(":")[2]))
        try:
            cluster.api.create(path, body)
            eventually(lambda: cluster.api.get(f"{path}/web")["status"].get("readyReplicas") == 2, "the pods")
            names = sorted(pod["metadata"]["name"] for pod in cluster.api.get(pods)["items"])
            yield Workload(cluster, namespace, [f"{name}.{namespace}" for name in names])
        finally:
            cluster.network.withdraw(ADMIN)


@pytest.fixture
def silent(web: Workload) -> str:
    """A pod of the same labels that no node takes, so that nobody reaches it."""
    pod = _template("web")
    pod["metadata"]["name"] = "aaa"
    pod["spec"]["nodeSelector"] = {"no": "node"}
    web.cluster.api.create(f"/api/v1/namespaces/{web.namespace}/pods", {"apiVersion": "v1", "kind": "Pod", **pod})
    return f"aaa.{web.namespace}"


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_of_all_pods_of_a_workload(web: Workload, view: str) -> None:
    flags = ["--stat", "upstream_rq_total"] if view == "stats" else []  # others change from call to call
    one = web.pc(view, "deployment/web", *flags)
    whole = web.pc(view, "deployment/web", "--all-pods", *flags)
    assert (one.code, whole.code, whole.err) == (0, 0, "")
    if view == "secret":  # the proxy has none
        assert whole.out.split()[0] == "POD"
        return
    heading, *rows = whole.out.splitlines()
    assert heading.split() == ["POD", *one.out.splitlines()[0].split()]
    assert list(dict.fromkeys(row.split()[0] for row in rows)) == web.pods
    assert not any(pod in one.out for pod in web.pods)
    assert web.pc(view, *web.pods, *flags).out.count("\n") == whole.out.count("\n")


def test_data_has_an_object_by_pod(web: Workload) -> None:
    one = json.loads(web.pc("cluster", web.pods[0], "-o", "json").out)
    several = json.loads(web.pc("cluster", *web.pods, "-o", "json").out)
    assert several == dict.fromkeys(web.pods, one)
    found = json.loads(web.pc("stats", "--all-pods", "-o", "json", "--stat", "upstream_rq_total").out)
    assert [list(found), len(found[web.pods[0]])] == [web.pods, 2]
    assert f"{web.pods[0]} cluster/{OUTBOUND}\n" in web.pc("cluster", "-l", "app=web", "-o", "name").out


def test_pods_without_a_proxy_are_left_out(web: Workload) -> None:
    other = _template("other", "app")
    other["metadata"]["name"] = "other"
    web.cluster.api.create(f"/api/v1/namespaces/{web.namespace}/pods", {"apiVersion": "v1", "kind": "Pod", **other})
    done = web.pc("cluster", "--all-pods")
    assert (done.code, done.err) == (0, "")
    assert {line.split()[0] for line in done.out.splitlines()} == {"POD", *web.pods}


@pytest.mark.parametrize("view", VIEWS)
def test_who_does_not_answer_is_named_and_the_others_are_shown(web: Workload, silent: str, view: str) -> None:
    done = web.pc(view, "-l", "app=web")
    assert done.code == 65
    assert done.err.count("\n") == done.err.count(silent) == 1, done.err
    assert view == "secret" or all(pod in done.out for pod in web.pods)
    assert silent not in done.out


def test_logs_and_pages_of_all_pods(web: Workload, silent: str) -> None:
    levels = web.pc("log", "deployment/web", "--level", "http:debug", "-o", "json")
    assert levels.code == 65
    assert levels.err.count("\n") == levels.err.count(silent) == 1
    found = json.loads(levels.out)
    assert list(found) == web.pods
    assert all(loggers["http"] == "debug" for loggers in found.values())
    pages = web.run("x", "envoy-stats", "-l", "app=web")
    assert pages.code == 65
    assert [line.removeprefix("# ") for line in pages.out.splitlines() if line.startswith("# ")] == web.pods


def test_a_name_of_nothing_is_said_beside_the_others(web: Workload) -> None:
    done = web.pc("cluster", web.pods[0], "deployment/gone")
    assert done.code == 65
    assert "deployment/gone" in done.err
    assert web.pods[0] in done.out


def test_nobody_at_all(web: Workload) -> None:
    done = web.pc("cluster", "-l", "app=none")
    assert (done.code, done.out) == (65, "")
    assert done.err.count("\n") == 1


def test_pods_are_asked_at_the_same_time(web: Workload) -> None:
    """Pods whose proxies hang cost the time of one of them."""
    with _hanging(web.cluster):
        start = time.monotonic()
        done = web.pc("cluster", *web.pods, "--kubeclient-timeout", "3s")
        taken = time.monotonic() - start
    assert (done.code, done.out) == (65, "")
    assert done.err.count("\n") == 2
    assert taken < 5.5


@pytest.mark.parametrize("flags", [["--watch"], ["-o", "prometheus"], ["--address", "127.0.0.1:1"]], ids=" ".join)
def test_what_goes_with_one_proxy_only(web: Workload, flags: list[str]) -> None:
    done = web.pc("stats", *web.pods, *flags)
    assert (done.code, done.out) == (64, "")
