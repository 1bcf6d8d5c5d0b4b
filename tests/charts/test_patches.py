"""Changes of rendered objects: settings under `k8s` and overlays."""

from __future__ import annotations

from typing import Any

import pytest

from meshctl.charts.components import COMPONENTS, Component
from meshctl.charts.overlays import patch_path
from meshctl.charts.patches import apply

PILOT = next(kind for kind in COMPONENTS if kind.name == "pilot")
INGRESS = next(kind for kind in COMPONENTS if kind.name == "ingressGateways")
CNI = next(kind for kind in COMPONENTS if kind.name == "cni")


def deployment(name: str = "istiod", container: str = "discovery") -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "template": {
                "metadata": {"annotations": {"a": "b"}},
                "spec": {
                    "containers": [{"name": container, "env": [{"name": "A", "value": "1"}]}, {"name": "other"}],
                    "tolerations": [{"key": "old"}],
                },
            }
        },
    }


def patched(k8s: dict[str, Any], *objects: dict[str, Any], **values: Any) -> list[dict[str, Any]]:
    result = apply(Component(PILOT, "pilot", "istio-system", values, k8s), objects)
    assert not result.warnings
    return result.objects


def test_settings_of_the_pod_are_merged() -> None:
    k8s = {
        "affinity": {"nodeAffinity": {}},
        "nodeSelector": {"disk": "ssd"},
        "podAnnotations": {"c": "d"},
        "priorityClassName": "high",
        "securityContext": {"runAsUser": 1},
        "tolerations": [{"key": "new"}],
        "replicaCount": 4,
        "strategy": {"type": "Recreate"},
    }
    spec = patched(k8s, deployment())[0]["spec"]
    pod = spec["template"]["spec"]
    assert (spec["replicas"], spec["strategy"]) == (4, {"type": "Recreate"})
    assert spec["template"]["metadata"]["annotations"] == {"a": "b", "c": "d"}
    assert pod["affinity"] == {"nodeAffinity": {}}
    assert pod["nodeSelector"] == {"disk": "ssd"}
    assert pod["priorityClassName"] == "high"
    assert pod["securityContext"] == {"runAsUser": 1}
    assert pod["tolerations"] == [{"key": "new"}]


def test_settings_of_the_container_reach_it_alone_and_new_variables_come_first() -> None:
    k8s = {
        "env": [{"name": "B", "value": "2"}, {"name": "A", "value": "3"}],
        "imagePullPolicy": "Always",
        "resources": {"requests": {"cpu": 1}},
        "readinessProbe": {"periodSeconds": 9},
    }
    first, second = patched(k8s, deployment())[0]["spec"]["template"]["spec"]["containers"]
    assert first["env"] == [{"name": "B", "value": "2"}, {"name": "A", "value": "3"}]
    assert first["imagePullPolicy"] == "Always"
    assert first["resources"] == {"requests": {"cpu": 1}}
    assert first["readinessProbe"] == {"periodSeconds": 9}
    assert second == {"name": "other"}


def test_objects_beside_the_workload() -> None:
    found = patched(
        {
            "hpaSpec": {"maxReplicas": 9},
            "podDisruptionBudget": {"maxUnavailable": 1},
            "service": {"type": "NodePort", "ports": [{"port": 15010, "nodePort": 30000}]},
            "serviceAnnotations": {"x": "y"},
        },
        {"kind": "HorizontalPodAutoscaler", "metadata": {"name": "istiod-r"}, "spec": {"minReplicas": 1}},
        {"kind": "PodDisruptionBudget", "metadata": {"name": "istiod-r"}, "spec": {"minAvailable": 1}},
        {"kind": "Service", "metadata": {"name": "istiod-r"}, "spec": {"ports": [{"port": 15010, "name": "grpc"}]}},
        {"kind": "Service", "metadata": {"name": "istiod-other"}, "spec": {}},
        revision="r",
    )
    assert found[0]["spec"] == {"minReplicas": 1, "maxReplicas": 9}
    assert found[1]["spec"] == {"maxUnavailable": 1}
    assert found[2]["spec"] == {"type": "NodePort", "ports": [{"port": 15010, "name": "grpc", "nodePort": 30000}]}
    assert found[2]["metadata"]["annotations"] == {"x": "y"}
    assert found[3]["spec"] == {}


def test_the_ports_of_a_gateway_are_left_to_its_values() -> None:
    service = {"kind": "Service", "metadata": {"name": "gw"}, "spec": {"ports": [{"port": 80}]}}
    values = {"gateways": {"istio-ingressgateway": {"name": "gw"}}}
    k8s = {"service": {"type": "ClusterIP", "ports": [{"port": 443}]}}
    spec = apply(Component(INGRESS, "gw", "x", values, k8s), [service]).objects[0]["spec"]
    assert spec == {"ports": [{"port": 80}], "type": "ClusterIP"}


def test_a_daemon_set_is_patched_by_its_fixed_name() -> None:
    daemon = {**deployment("istio-cni-node", "install-cni"), "kind": "DaemonSet"}
    found = apply(Component(CNI, "cni", "x", {}, {"nodeSelector": {"a": "b"}}), [daemon]).objects[0]
    assert found["spec"]["template"]["spec"]["nodeSelector"] == {"a": "b"}


def test_what_finds_nothing_is_told_and_the_input_stays_as_it_is() -> None:
    given = deployment()
    k8s = {
        "podDisruptionBudget": {"minAvailable": 1},
        "overlays": [
            {"kind": "Service", "name": "nowhere", "patches": [{"path": "a", "value": 1}]},
            {"kind": "Deployment", "name": "istiod", "patches": [{"path": "spec.list.[name:x].y", "value": 1}]},
            {"kind": "Deployment", "name": "istiod", "patches": [{"path": "spec.paused", "value": True}]},
            None,
        ],
    }
    result = apply(Component(PILOT, "pilot", "x", {}, k8s), [given])
    assert len(result.warnings) == 3
    assert result.objects[0]["spec"]["paused"] is True
    assert given == deployment()


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("m.a", 2, {"m": {"a": 2}}),
        ("m.new.deep", 1, {"m": {"a": 1, "new": {"deep": 1}}}),
        (r"m.b\.c/d", "x", {"m": {"a": 1, "b.c/d": "x"}}),
        ("l.[n:y].v", 5, {"l": [{"n": "x"}, {"n": "y", "v": 5}]}),
        ("l[n:y].v", 5, {"l": [{"n": "x"}, {"n": "y", "v": 5}]}),
        ("l.[n:x]", None, {"l": [{"n": "y"}]}),
        ("l.[0].v", 1, {"l": [{"n": "x", "v": 1}, {"n": "y"}]}),
        ("l.[7]", {"n": "z"}, {"l": [{"n": "x"}, {"n": "y"}, {"n": "z"}]}),
        ("l.[-1]", {"n": "z"}, {"l": [{"n": "x"}, {"n": "y"}, {"n": "z"}]}),
        ("s.[:^--b]", "--c", {"s": ["--a", "--c"]}),
        (r"s.[:--a]", None, {"s": ["--b=1.5"]}),
        ("s", "--new", {"s": ["--a", "--b=1.5", "--new"]}),
        ("s", ["only"], {"s": ["only"]}),
        ("m", None, {}),
        ("m.new", "k: v\n", {"m": {"a": 1, "k": "v"}}),
        ("m.new", "k:\n  j: w\n", {"m": {"a": 1, "k": {"j": "w"}}}),
        ("l.[0]", "k: v\n", {"l": [{"k": "v"}, {"n": "y"}]}),
    ],
)
def test_an_overlay_path(path: str, value: Any, expected: dict[str, Any]) -> None:
    target = {"m": {"a": 1}, "l": [{"n": "x"}, {"n": "y"}], "s": ["--a", "--b=1.5"]}
    found, problem = patch_path(target, path, value)
    assert problem == ""
    if expected:
        assert found == {**target, **expected}
    else:
        assert path not in found


@pytest.mark.parametrize("path", ["l.[n:none].v", "m.a.b", "l.n", "", "s.[:nothing]", "s.[:(]", "l.[x]", "x." * 500])
def test_an_overlay_path_that_leads_nowhere(path: str) -> None:
    target = {"m": {"a": 1}, "l": [{"n": "x"}], "s": ["--a"]}
    found, problem = patch_path(target, path, "x")
    assert problem
    assert found == target


@pytest.mark.parametrize("path", ["gone", "m.gone", "m.gone.x", "l.[9]"])
def test_deleting_what_is_not_there_is_told(path: str) -> None:
    target = {"m": {"a": 1}, "l": []}
    assert patch_path(target, path, None)[1]


def test_an_overlay_of_another_name_is_told_the_names_there_are() -> None:
    overlay = {"kind": "Deployment", "name": "istiod", "patches": [{"path": "a", "value": 1}]}
    component = Component(PILOT, "pilot", "x", {"revision": "r"}, {"overlays": [overlay]})
    assert "istiod-r" in apply(component, [deployment("istiod-r")]).warnings[0]
