"""The rig itself: it behaves as a cluster does, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.api import ApiError, eventually
from tests.cluster.istiod import MARK
from tests.cluster.kubectl import kubectl, kubectl_path
from tests.cluster.rig import Cluster

ROOT = Path(__file__).parents[2]


def _deployment(name: str, **pod: Any) -> dict[str, Any]:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "i"}], **pod}}
    spec = {"replicas": 2, "selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "labels": labels}, "spec": spec}


def _pod(name: str, **metadata: Any) -> dict[str, Any]:
    spec = {"containers": [{"name": "c", "image": "i"}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, **metadata}, "spec": spec}


def _conditions(resource: dict[str, Any]) -> set[str]:
    return {c["type"] for c in resource.get("status", {}).get("conditions") or () if c["status"] == "True"}


def test_deployment_becomes_available(cluster: Cluster, namespace: str) -> None:
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    cluster.api.create(path, _deployment("web"))
    eventually(lambda: "Available" in _conditions(cluster.api.get(f"{path}/web")), "the deployment")


def test_job_completes(cluster: Cluster, namespace: str) -> None:
    path = f"/apis/batch/v1/namespaces/{namespace}/jobs"
    template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "once"}, "spec": {"template": template}}
    cluster.api.create(path, job)
    eventually(lambda: "Complete" in _conditions(cluster.api.get(f"{path}/once")), "the job")


def test_stuck_pod_says_why_and_starts_later(cluster: Cluster, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/pods/stuck"
    pod = _pod("stuck", annotations={"test.meshctl/stuck": "ImagePullBackOff"})
    cluster.api.create(f"/api/v1/namespaces/{namespace}/pods", pod)

    def reason() -> object:
        (container,) = cluster.api.get(path)["status"].get("containerStatuses", [{}])
        return container.get("state", {}).get("waiting", {}).get("reason")

    eventually(lambda: reason() == "ImagePullBackOff", "the reason")
    assert "Ready" not in _conditions(cluster.api.get(path))
    events = f"/api/v1/namespaces/{namespace}/events"
    eventually(lambda: "Failed" in {e["reason"] for e in cluster.api.get(events)["items"]}, "the event")
    cluster.api.patch(path, {"metadata": {"annotations": {"test.meshctl/stuck": None}}})
    eventually(lambda: "Ready" in _conditions(cluster.api.get(path)), "the pod")
    assert reason() is None


def test_definition_becomes_established(cluster: Cluster) -> None:
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    names = {"plural": "things", "singular": "thing", "kind": "Thing", "listKind": "ThingList"}
    schema = {"openAPIV3Schema": {"type": "object"}}
    version = {"name": "v1", "served": True, "storage": True, "schema": schema}
    body = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.test.meshctl"},
        "spec": {"group": "test.meshctl", "names": names, "scope": "Namespaced", "versions": [version]},
    }
    cluster.api.create(path, body)
    name = f"{path}/things.test.meshctl"
    eventually(lambda: "Established" in _conditions(cluster.api.get(name)), "the definition")
    cluster.api.delete(name)
    eventually(lambda: not cluster.api.exists(name), "the definition to go")


def test_namespace_goes_with_what_is_in_it(cluster: Cluster) -> None:
    cluster.api.create("/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "gone"}})
    account = "/api/v1/namespaces/gone/serviceaccounts/default"
    eventually(lambda: cluster.api.exists(account), "the service account")
    cluster.api.create("/apis/apps/v1/namespaces/gone/deployments", _deployment("web"))
    cluster.api.delete("/api/v1/namespaces/gone")
    # the namespace controller waits for five seconds before it begins
    eventually(lambda: not cluster.api.exists("/api/v1/namespaces/gone"), "the namespace to go")


def test_restricted_user_may_do_nothing(cluster: Cluster) -> None:
    with pytest.raises(ApiError) as refused:
        cluster.api_as("restricted").get("/api/v1/pods")
    assert refused.value.status == 403


def test_audit_log_tells_agents_and_writes_apart(cluster: Cluster, namespace: str) -> None:
    audit = cluster.audit()
    configmap = ["create", "configmap", "c", f"--namespace={namespace}"]
    kubectl(cluster.kubeconfig(), *configmap, "--dry-run=server")
    kubectl(cluster.kubeconfig(), "get", "pods", f"--namespace={namespace}")
    assert "pods" in {request.resource for request in audit.requests("kubectl")}
    assert audit.writes() == []
    kubectl(cluster.kubeconfig(), *configmap)
    (write,) = audit.writes("kubectl")
    assert (write.user, write.verb, write.resource, write.name) == ("admin", "create", "configmaps", "c")
    assert audit.writes("meshctl") == []


def _with_istiod(cluster: Cluster) -> None:
    """A deployment and service of istiod, and the webhooks that lead to it, as an installation has them."""
    labels = {"app": "istiod", "istio.io/rev": "default"}
    deployment = _deployment("istiod")
    deployment["spec"]["template"]["metadata"]["labels"] = labels
    service = {"name": "istiod", "namespace": "istio-system"}
    ports = [{"port": 443, "targetPort": 15017}]
    metadata = {"labels": {"istio.io/rev": "default"}}
    webhook = {
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "name": "a.istio.io",
        "failurePolicy": "Ignore",
    }
    inject = webhook | {
        "clientConfig": {"service": service | {"path": "/inject"}},
        "namespaceSelector": {"matchLabels": {"istio-injection": "enabled"}},
        "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
        "failurePolicy": "Fail",
    }
    validate = webhook | {
        "clientConfig": {"service": service | {"path": "/validate"}},
        "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}],
        "objectSelector": {"matchLabels": {"validate": "yes"}},
    }
    objects = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "istio-system"}},
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": service,
            "spec": {"selector": {"app": "istiod"}, "ports": ports},
        },
        deployment | {"metadata": service},
        _webhooks("Mutating", inject, metadata),
        _webhooks("Validating", validate, metadata),
    ]
    kubectl(cluster.kubeconfig(), "apply", "-f", "-", stdin="\n---\n".join(map(json.dumps, objects)))
    kubectl(cluster.kubeconfig(), "rollout", "status", "-n", "istio-system", "deploy/istiod")


def _webhooks(kind: str, webhook: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
    kind += "WebhookConfiguration"
    metadata = metadata | {"name": "istio"}
    return {"apiVersion": "admissionregistration.k8s.io/v1", "kind": kind, "metadata": metadata, "webhooks": [webhook]}


def test_webhooks_are_called(fresh_cluster: Cluster) -> None:
    cluster, admission = fresh_cluster, "/apis/admissionregistration.k8s.io/v1"
    _with_istiod(cluster)
    validating = f"{admission}/validatingwebhookconfigurations/istio"
    eventually(lambda: cluster.api.get(validating)["webhooks"][0]["failurePolicy"] == "Fail", "the claim of istiod")
    eventually(lambda: cluster.api.exists("/api/v1/namespaces/default/configmaps/istio-ca-root-cert"), "the CA")
    cluster.api.patch("/api/v1/namespaces/default", {"metadata": {"labels": {"istio-injection": "enabled"}}})

    def injected() -> bool:
        pod = cluster.api.create("/api/v1/namespaces/default/pods", _pod("", generateName="p-"))
        return bool(pod["metadata"].get("annotations", {}).get(MARK) == "/inject?timeout=10s")

    eventually(injected, "an injected pod", every=0.2)
    cluster.istiod.refuse = lambda resource: f"{resource['metadata']['name']} is wrong"
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "it", "labels": {"validate": "yes"}}}
    with pytest.raises(ApiError, match="it is wrong"):
        cluster.api.create("/api/v1/namespaces/default/configmaps", body)
    cluster.istiod.refuse = lambda _: ""
    cluster.network.withdraw(15017)
    with pytest.raises(ApiError, match="failed calling webhook"):
        cluster.api.create("/api/v1/namespaces/default/configmaps", body)


def test_istiod_is_reached_through_the_api_server(fresh_cluster: Cluster) -> None:
    cluster = fresh_cluster
    _with_istiod(cluster)
    pod = cluster.api.get("/api/v1/pods?labelSelector=app%3Distiod")["items"][0]["metadata"]["name"]
    proxied = f"/api/v1/namespaces/istio-system/pods/{pod}:15014/proxy/version"
    assert cluster.api.request("GET", proxied) == "1.31.0-unknown-Clean"
    assert kubectl(cluster.kubeconfig(), "logs", "-n", "istio-system", pod) == "a line of a log\n"
    forward = ["port-forward", "-n", "istio-system", pod, ":8080"]
    with subprocess.Popen(
        [kubectl_path(), f"--kubeconfig={cluster.kubeconfig()}", *forward], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[2]  # Forwarding from 127.0.0.1:40000 -> 8080
        with urllib.request.urlopen(f"http://{address}/debug/syncz") as answer:
            assert json.load(answer) == []
        process.terminate()


def test_api_server_comes_back_with_its_data(fresh_cluster: Cluster) -> None:
    fresh_cluster.api.create("/api/v1/namespaces", {"kind": "Namespace", "metadata": {"name": "kept"}})
    fresh_cluster.stop_api_server()
    with pytest.raises(ConnectionRefusedError):
        fresh_cluster.api.get("/api/v1/namespaces/kept")
    fresh_cluster.start_api_server()
    assert fresh_cluster.api.exists("/api/v1/namespaces/kept")


def test_nothing_survives_a_killed_test(cluster: Cluster) -> None:
    """Needs no cluster itself, but the programs."""
    command = [sys.executable, "-m", "tests.cluster", "up"]
    up = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert up.stdout is not None
    line = next(line for line in up.stdout if line.startswith("export "))
    directory = Path(line.strip().partition("=")[2]).parents[1]
    assert directory != cluster.directory
    os.kill(up.pid, signal.SIGKILL)
    up.wait()
    eventually(lambda: not directory.exists(), "the directory to go")
    eventually(lambda: str(directory) not in _commands(), "the programs to end")


def _commands() -> str:
    return subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
