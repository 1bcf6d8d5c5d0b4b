"""Our charts with Helm itself, and our way of rendering them against Helm's, text for text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import helm_python
import pytest

from meshctl.charts.chart import CHARTS, chart
from meshctl.charts.errors import InstallationError
from meshctl.charts.installation import resolve
from meshctl.charts.profiles import profile_names
from meshctl.charts.rendering import Release, render
from meshctl.charts.target import Target

RELEASE = Release("istio", "istio-system")

TARGET = Target("v1.36.0")
"""What the Helm of the tests believes to render for."""

VALUES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "revision": {"revision": "canary", "revisionTags": ["prod", "default"], "ownerName": "me"},
    "namespaced": {"global": {"resourceScope": "namespace"}},
    "cluster-wide": {"global": {"resourceScope": "cluster"}},
    "no reader": {"global": {"enableReaderRBAC": False, "configValidation": False, "operatorManageWebhooks": True}},
    "images": {"global": {"hub": "example.com/mesh", "tag": 1.3, "variant": "debug", "imagePullPolicy": "Always",
                          "imagePullSecrets": ["pull"], "logAsJson": True}},
    "remote": {"profile": "remote", "global": {"remotePilotAddress": "10.0.0.1", "configCluster": True}},
    "remote host": {"profile": "remote", "global": {"remotePilotAddress": "istiod.example.com"}},
    "remote injector": {"istiodRemote": {"enabled": True, "enabledLocalInjectorIstiod": True},
                        "global": {"remotePilotAddress": "2001:db8::1"}},
    "policies": {"experimental": {"stableValidationPolicy": True}, "global": {"networkPolicy": {"enabled": True}}},
    "replicas": {"pilot": {"autoscaleMin": 2, "env": {"A": True, "B": 1, "MCS_API_GROUP": "example.com"}},
                 "gateways": {"istio-ingressgateway": {"autoscaleMin": 3}}, "autoscaling": {"minReplicas": 2},
                 "podDisruptionBudget": {"minAvailable": 1}},
    "trust": {"pilot": {"env": {"ENABLE_CLUSTER_TRUST_BUNDLE_API": "true"}, "jwksResolverExtraRootCA": "a\nb\n"},
              "global": {"pilotCertProvider": "none", "mountMtlsCerts": True}},
    "tracing": {"global": {"proxy": {"tracer": "zipkin"}, "meshID": "m", "network": "n",
                           "meshNetworks": {"n": {"endpoints": [{"fromRegistry": "c"}]}}}},
    "ambient": {"profile": "ambient", "platform": "openshift", "global": {"networkPolicy": {"enabled": True}}},
    "quotas": {"resourceQuotas": {"enabled": True}, "peerCaCrl": {"enabled": True}, "provider": "multus",
               "repair": {"repairPods": False, "deletePods": True}},
    "classes": {"gatewayClasses": {"istio": {"deployment": {"spec": {"replicas": 2}}}}},
    "injected": {"gateways": {"istio-ingressgateway": {"injectionTemplate": "gateway", "runAsRoot": True},
                              "istio-egressgateway": {"injectionTemplate": "gateway", "env": {"X": "y"}}}},
    "nodes": {"global": {"arch": {"amd64": 2, "arm64": 0}, "defaultNodeSelector": {"disk": "ssd"}},
              "gateways": {"istio-ingressgateway": {"podAntiAffinityLabelSelector": [
                  {"key": "app", "operator": "In", "values": "a,b", "topologyKey": "kubernetes.io/hostname"}]}}},
    "nulls": {"env": None, "taint": None, "repair": {"repairPods": None}, "ambient": None, "experimental": None,
              "pilot": {"env": None, "resources": None, "cni": {"enabled": None}}, "updateStrategy": None,
              "global": {"proxy": None, "multiCluster": {"clusterName": None}, "networkPolicy": None},
              "gateways": {"istio-ingressgateway": {"labels": None, "resources": {"limits": None}}}},
    "network gateway": {"networkGateway": "east", "labels": {"istio": "eastwestgateway"}},
    **{f"compatible with 1.{minor}": {"compatibilityVersion": f"1.{minor}"} for minor in range(25, 31)},
    **{f"on {name}": {"platform": name} for name in ("gke", "k3d", "k3s", "microk8s", "minikube", "openshift")},
    **{f"profile {name}": {"profile": name} for name in ("ambient", "demo", "preview", "remote", "stable")},
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("charts")
    for name in CHARTS:
        chart(name).write(found / name)
    return found


@cache
def _loaded(path: Path) -> Any:
    return helm_python.Chart.load(str(path))


def by_helm(folder: Path, name: str, values: Mapping[str, Any]) -> dict[str, str]:
    found = _loaded(folder / name).render(dict(values), name=RELEASE.name, namespace=RELEASE.namespace)
    return {path.partition("/")[2]: text for path, text in found.items()}


def same(folder: Path, name: str, values: Mapping[str, Any]) -> None:
    ours = render(chart(name), values, RELEASE, TARGET)
    theirs = by_helm(folder, name, values)
    for path in ours:
        assert ours[path].strip() == theirs.get(path, "").strip(), path
    assert set(theirs) <= set(ours)


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("case", VALUES)
def test_helm_renders_the_same(folder: Path, name: str, case: str) -> None:
    values = VALUES[case]
    if name == "gateway":  # the one chart that refuses what it does not know
        schema = chart(name).schema
        assert schema is not None
        values = {key: value for key, value in values.items() if key in schema["$defs"]["values"]["properties"]}
    same(folder, name, values)


@pytest.mark.parametrize("profile", profile_names())
def test_helm_renders_the_same_for_every_profile(folder: Path, profile: str) -> None:
    for component in resolve(sets=[f"profile={profile}"]).components:
        same(folder, component.chart, json.loads(json.dumps(component.values)))


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"replicas": 2}, "replicas"),
        ({"kind": "StatefulSet"}, "kind"),
        ({"service": {"ports": [{"name": "http"}]}}, "port"),
        ({"env": {"A": ["b"]}}, "env"),
        ({"imagePullPolicy": 1}, "imagePullPolicy"),
    ],
    ids=str,
)
def test_the_gateway_refuses_values_that_it_does_not_know(folder: Path, values: dict[str, Any], problem: str) -> None:
    with pytest.raises(Exception, match=problem):
        by_helm(folder, "gateway", values)
    with pytest.raises(InstallationError, match=problem):
        render(chart("gateway"), values, RELEASE)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"profile": "nosuch"}, "unknown profile nosuch"),
        ({"platform": "moon"}, "unknown platform moon"),
        ({"compatibilityVersion": "1.2"}, "unknown compatibility version 1.2"),
        ({"defaults": {}}, "values stand at the top level"),
        ({"global": {"pilotCertProvider": "kubernetes"}}, "pilotCertProvider"),
        ({"telemetry": {"v2": {"stackdriver": {"disableOutbound": True}}}}, "disableOutbound is removed"),
    ],
    ids=str,
)
def test_values_that_are_refused(folder: Path, values: dict[str, Any], message: str) -> None:
    with pytest.raises(Exception, match=message):
        by_helm(folder, "istiod", values)
    with pytest.raises(Exception, match=message):
        render(chart("istiod"), values, RELEASE)
