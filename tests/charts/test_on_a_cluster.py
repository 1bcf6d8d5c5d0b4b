"""What we render, given to a real API server: it knows every field, and the stable policy refuses what it should."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from meshctl.charts.installation import resolve
from meshctl.charts.manifests import manifests
from meshctl.charts.profiles import profile_names
from tests.charts.test_conditions import by_chart, by_installation, cases
from tests.charts.test_objects import rendered
from tests.cluster.api import ApiError, eventually
from tests.cluster.kubectl import kubectl
from tests.cluster.rig import Cluster


def stream(objects: list[Any]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})


def can_be_served(item: Mapping[str, Any]) -> bool:
    """Whether the cluster of the tests, without Multus and with one family of addresses, may take it."""
    families = item["kind"] == "Service" and {*item["spec"].get("ipFamilies", ()), item["spec"].get("ipFamilyPolicy")}
    return item["kind"] != "NetworkAttachmentDefinition" and not (families and families & {"IPv6", "RequireDualStack"})


def test_a_server_takes_every_object_as_it_is(fresh_cluster: Cluster, tmp_path: Path) -> None:
    """All objects of all profiles, and those of all values that change one, each of them once."""
    everything = [item.data for profile in profile_names() for item in rendered(profile)]
    for case in (parameters.values[0] for parameters in cases()):
        assert isinstance(case, dict)
        everything += by_chart(case) if "chart" in case else by_installation(case, tmp_path / "operator.yaml")
    unique = {json.dumps(item, sort_keys=True): item for item in everything if can_be_served(item)}
    assert len(unique) > 150
    for name in ("istio-system", "mesh", "edge"):
        fresh_cluster.api.create("/api/v1/namespaces", {"metadata": {"name": name}})
    arguments = ("apply", "--server-side", "--dry-run=server", "--validate=strict", "-o", "name", "-f", "-")
    applied = kubectl(fresh_cluster.kubeconfig(), *arguments, stdin=stream(list(unique.values())))
    assert len(applied.splitlines()) == len(unique)


MEETING = """
kind: IstioOperator
spec:
  meshConfig: {defaultConfig: {proxyMetadata: {ISTIO_META_MESH_ID: x, ISTIO_META_DNS_CAPTURE: "true"}}}
  components:
    pilot:
      k8s:
        strategy: {type: Recreate}
        env: [{name: POD_NAME, value: fixed}, {name: REVISION, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
        readinessProbe: {tcpSocket: {port: 15012}}
    cni: {enabled: true, k8s: {strategy: {type: OnDelete}}}
    ingressGateways:
    - name: istio-ingressgateway
      k8s:
        service:
          ports:
          - {name: http, port: 80, targetPort: 8080}
          - {name: http-alt, port: 8080, targetPort: 8080}
          - {name: quic, port: 8080, targetPort: 8080, protocol: UDP}
          - {name: metrics, port: 15090, targetPort: 15090}
          - {name: metrics-alt, port: 9090, targetPort: http-envoy-prom}
    ztunnel: {enabled: true}
  values:
    pilot:
      env: {CLUSTER_ID: mine, GOMAXPROCS: 3, COMPLIANCE_POLICY: fips-140-3, GODEBUG: x}
      envVarFrom: [{name: PLATFORM, valueFrom: {configMapKeyRef: {name: a, key: b}}}]
    gateways: {istio-ingressgateway: {env: {ISTIO_META_CLUSTER_ID: mine, ISTIO_META_DNS_CAPTURE: "false"}}}
    cni: {env: {NODE_NAME: mine}}
    ztunnel: {env: {RUST_LOG: debug}}
"""
"""Settings that change what the charts have said already, in ways that a plain merge makes invalid."""


def test_a_server_takes_settings_that_meet(fresh_cluster: Cluster, tmp_path: Path) -> None:
    operator = tmp_path / "operator.yaml"
    operator.write_text(MEETING)
    fresh_cluster.api.create("/api/v1/namespaces", {"metadata": {"name": "istio-system"}})
    objects = {(item.kind, item.name): item.data for item in manifests(resolve([str(operator)])).objects}
    workloads = [item for (kind, _), item in objects.items() if kind in ("Deployment", "DaemonSet")]
    arguments = ("apply", "--server-side", "--dry-run=server", "--validate=strict", "-o", "json", "-f", "-")
    taken = json.loads(kubectl(fresh_cluster.kubeconfig(), *arguments, stdin=stream(workloads)))["items"]
    found = {
        item["metadata"]["name"]: {
            variable["name"]: variable.get("value", variable.get("valueFrom"))
            for variable in item["spec"]["template"]["spec"]["containers"][0]["env"]
        }
        for item in taken
    }
    istiod = found["istiod"]
    assert [istiod[name] for name in ("CLUSTER_ID", "GOMAXPROCS", "POD_NAME")] == ["mine", "3", "fixed"]
    assert "configMapKeyRef" in istiod["PLATFORM"]
    assert "fieldRef" in istiod["REVISION"]
    assert found["istio-ingressgateway"]["ISTIO_META_CLUSTER_ID"] == "mine"
    ports = objects["Deployment", "istio-ingressgateway"]["spec"]["template"]["spec"]["containers"][0]["ports"]
    assert [(port["containerPort"], port["protocol"]) for port in ports] == [
        (8080, "TCP"),
        (8080, "UDP"),
        (15090, "TCP"),
    ]
    assert found["istio-cni-node"]["NODE_NAME"] == "mine"
    assert found["ztunnel"]["RUST_LOG"] == "debug"


def configuration(kind: str, spec: dict[str, Any] | None) -> tuple[str, dict[str, Any]]:
    """The path and the object of a configuration that belongs to the default revision."""
    plurals = {
        "EnvoyFilter": "networking.istio.io/v1alpha3 envoyfilters",
        "WasmPlugin": "extensions.istio.io/v1alpha1 wasmplugins",
        "ProxyConfig": "networking.istio.io/v1beta1 proxyconfigs",
        "Telemetry": "telemetry.istio.io/v1 telemetries",
        "AuthorizationPolicy": "security.istio.io/v1 authorizationpolicies",
        "VirtualService": "networking.istio.io/v1 virtualservices",
    }
    version, plural = plurals[kind].split()
    metadata = {"name": "a", "labels": {"istio.io/rev": "default"}}
    data = {"apiVersion": version, "kind": kind, "metadata": metadata, **({} if spec is None else {"spec": spec})}
    return f"/apis/{version}/namespaces/default/{plural}?dryRun=All", data


TELEMETRY, POLICY = "Telemetry", "AuthorizationPolicy"

REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("EnvoyFilter", {}),
    ("WasmPlugin", {"url": "oci://example.com/a"}),
    ("ProxyConfig", {}),
    (TELEMETRY, {"tracing": [{}, {"useRequestIdForTraceSampling": False}]}),
    (TELEMETRY, {"metrics": [{"reportingInterval": "5s"}]}),
    (TELEMETRY, {"accessLogging": [{"filter": {"expression": "true"}}]}),
    (POLICY, {"rules": [{"from": [{"source": {"trustDomains": ["a"]}}]}]}),
    (POLICY, {"rules": [{}, {"from": [{"source": {}}, {"source": {"notTrustDomains": ["a"]}}]}]}),
]

TAKEN: list[tuple[str, dict[str, Any] | None]] = [
    (TELEMETRY, None),
    (TELEMETRY, {"tracing": [{"randomSamplingPercentage": 5}], "metrics": [{}], "accessLogging": [{}]}),
    (POLICY, {}),
    (POLICY, {"rules": [{"from": [{"source": {"namespaces": ["a"]}}]}, {"to": [{"operation": {"ports": ["80"]}}]}]}),
    ("VirtualService", {"hosts": ["a"], "http": [{"route": [{"destination": {"host": "a"}}]}]}),
]


def test_the_stable_policy(fresh_cluster: Cluster) -> None:
    api = fresh_cluster.api
    wanted = ("CustomResourceDefinition", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
    objects = [item.data for item in manifests(resolve(sets=["profile=stable"])).objects if item.kind in wanted]
    kubectl(fresh_cluster.kubeconfig(), "apply", "--server-side", "-f", "-", stdin=stream(objects))

    def enforced() -> bool:
        try:
            api.create(*configuration("EnvoyFilter", {}))
        except ApiError as error:
            return error.status == 422 and "stable channel" in str(error)
        return False

    eventually(enforced, "the admission policy", seconds=60)
    for kind, spec in REFUSED:
        with pytest.raises(ApiError, match="stable channel"):
            api.create(*configuration(kind, spec))
    for kind, taken in TAKEN:
        assert api.create(*configuration(kind, taken))["kind"] == kind
    path, other = configuration("EnvoyFilter", {})
    del other["metadata"]["labels"]
    assert api.create(path, other)["kind"] == "EnvoyFilter"
    (policy,) = api.get("/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies")["items"]
    assert not (policy.get("status") or {}).get("typeChecking", {}).get("expressionWarnings")
