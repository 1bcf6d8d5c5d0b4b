"""Which pods a target means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest

from meshctl.errors import UsageError
from meshctl.kube import Cluster, NoSuchPodError, ResourceType
from meshctl.kube.discovery import ResourceTypes
from meshctl.kube.pods import pod_of, pods_of

KINDS = {
    "": [("Pod", "pods", "pod", ["po"]), ("Service", "services", "service", ["svc"])],
    "apps": [("Deployment", "deployments", "deployment", ["deploy"]),
             ("StatefulSet", "statefulsets", "statefulset", [])],
    "gateway.networking.k8s.io": [("Gateway", "gateways", "gateway", ["gtw"])],
}  # fmt: skip


def _discovery() -> ResourceTypes:
    items = [
        {"metadata": {"name": group}, "versions": [{"version": "v1", "resources": [
            {"resource": plural, "responseKind": {"kind": kind}, "scope": "Namespaced", "singularResource": singular,
             "shortNames": short} for kind, plural, singular, short in kinds]}]}
        for group, kinds in KINDS.items()
    ]  # fmt: skip
    return ResourceTypes([{"items": items}])


class Objects:
    """A cluster of a few objects that notes which labels it was asked for."""

    def __init__(self, pods: Sequence[Mapping[str, Any]] = (), **objects: Mapping[str, Any]) -> None:
        self.resource_types = _discovery()
        self.pods = list(pods)
        self.named = objects
        self.asked: list[tuple[str, str]] = []

    def type_of(self, item: Mapping[str, Any]) -> ResourceType:
        found = self.resource_types.find("", item["kind"])
        assert found is not None
        return found

    def get(self, type_: ResourceType, name: str, namespace: str = "") -> Mapping[str, Any] | None:
        found = self.named.get(name)
        return {"kind": type_.kind, **found} if found is not None else None

    def objects(self, type_: ResourceType, namespace: str = "", *, labels: str = "") -> list[Mapping[str, Any]]:
        self.asked.append((namespace, labels))
        return self.pods


def _pod(name: str, phase: str = "Running", *, ready: str = "", node: str = "n", restarts: int = 0) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": "True", "lastTransitionTime": ready}] if ready else []
    return {
        "metadata": {"name": name, "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {"nodeName": node},
        "status": {"phase": phase, "conditions": conditions, "containerStatuses": [{"restartCount": restarts}]},
    }


@pytest.mark.parametrize(
    ("target", "name", "namespace"),
    [("web", "web", "shop"), ("web.other", "web", "other"), ("pod/web", "web", "shop"), ("po/web.x", "web", "x"),
     ("a.b.c", "a.b", "c")],
)  # fmt: skip
def test_the_name_of_a_pod_is_taken_as_it_is(target: str, name: str, namespace: str) -> None:
    found = pod_of(cast(Cluster, Objects()), target, "shop")
    assert (found.name, found.namespace) == (name, namespace)


@pytest.mark.parametrize(
    ("target", "spec", "namespace", "labels"),
    [
        ("deploy/web", {"selector": {"matchLabels": {"app": "web", "v": "1"}}}, "shop", "app=web,v=1"),
        ("deployment.apps/web.other", {"selector": {"matchLabels": {"app": "web"}}}, "other", "app=web"),
        ("svc/web", {"selector": {"app": "web"}}, "shop", "app=web"),
        ("gateway.gateway.networking.k8s.io/web", {}, "shop", "gateway.networking.k8s.io/gateway-name=web"),
        ("sts/web", None, "", ""),
        ("statefulset/web", {"selector": {"matchExpressions": [
            {"key": "a", "operator": "In", "values": ["1", "2"]}, {"key": "b", "operator": "DoesNotExist"},
            {"key": "c", "operator": "Exists"}, {"key": "d", "operator": "NotIn", "values": ["3"]}]}},
         "shop", "a in (1,2),!b,c,d notin (3)"),
    ],
)  # fmt: skip
def test_the_selector_of_an_object_finds_its_pods(
    target: str, spec: dict[str, Any] | None, namespace: str, labels: str
) -> None:
    cluster = Objects([_pod("web-1")], **({"web": {"spec": spec}} if spec is not None else {}))
    if spec is None:
        with pytest.raises(UsageError, match="serves no 'sts'"):
            pod_of(cast(Cluster, cluster), target, "shop")
        return
    assert pod_of(cast(Cluster, cluster), target, "shop").name == "web-1"
    assert cluster.asked == [(namespace, labels)]


def test_the_pod_to_ask_is_the_one_whose_logs_are_shown() -> None:
    pods = [
        _pod("unscheduled", "Pending", node=""), _pod("starting", "Pending"), _pod("not-ready"),
        _pod("ready-later", ready="2026-01-03T00:00:00Z"), _pod("ready-calm", ready="2026-01-02T00:00:00Z"),
        _pod("ready-restarted", ready="2026-01-02T00:00:00Z", restarts=3),
    ]  # fmt: skip
    cluster = Objects(pods, web={"spec": {"selector": {"app": "web"}}})
    assert [pod.name for pod in pods_of(cast(Cluster, cluster), "svc/web", "shop")] == [
        "ready-restarted", "ready-calm", "ready-later", "not-ready", "starting", "unscheduled",
    ]  # fmt: skip


@pytest.mark.parametrize("objects", [{}, {"web": {"spec": {}}}, {"web": {"spec": {"selector": {"app": "web"}}}}])
def test_an_object_without_pods_is_an_error(objects: dict[str, Any]) -> None:
    with pytest.raises(NoSuchPodError, match='no pods match "deploy/web"'):
        pod_of(cast(Cluster, Objects(**objects)), "deploy/web", "shop")
