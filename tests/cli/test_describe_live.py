"""`meshctl experimental describe` of a real API server, with a recorded proxy behind the port-forward."""

from __future__ import annotations

import gzip
import json
import re
import socket
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.run import Done, meshctl
from tests.cluster.api import eventually
from tests.cluster.kubectl import kubectl
from tests.cluster.rig import Cluster
from tests.proxyconfig.recordings import ORDERS

HERE = Path(__file__).parent.parent / "diagnose"
GOLDENS = HERE / "describe" / "goldens"
POD = "orders-v1-7b68fd77d7-nsv5q"
ADMIN = 15000
NOT_APPLIED = ("Deployment", "StatefulSet")  # the recorded pod is one by its name


@pytest.fixture(scope="module")
def held(meshed: Cluster) -> Iterator[Cluster]:
    """A cluster with the objects that the recorded proxy was made of, its pod, and one of the ingress gateway."""
    for folder in (HERE / "describe" / "orders", HERE / "authz" / "orders"):
        objects = [one for file in sorted(folder.glob("*.yaml")) for one in yaml.safe_load_all(file.read_text()) if one]
        wanted = [one for one in objects if one["kind"] not in NOT_APPLIED]
        listed = {"apiVersion": "v1", "kind": "List", "items": wanted}
        kubectl(meshed.kubeconfig(), "apply", "--server-side", "-f", "-", stdin=json.dumps(listed))
    containers = [
        {"name": "orders", "image": "x", "ports": [{"containerPort": 8080}]},
        {"name": "istio-proxy", "image": "x"},
    ]
    create(meshed, POD, {"app": "orders", "version": "v1"}, containers)
    create(meshed, "held-ingress-0", {"app": "held-ingress", "istio": "held-ingress"}, containers[1:])
    create(meshed, "bare", {"app": "web", "version": "v1"}, containers[:1])
    address = {"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.7"}]}}}
    meshed.api.patch("/api/v1/namespaces/held/services/held-ingress/status", address)
    yield meshed
    meshed.api.delete("/api/v1/namespaces/held")


def create(cluster: Cluster, name: str, labels: dict[str, str], containers: list[Any]) -> None:
    path = "/api/v1/namespaces/held/pods"
    annotations = {"istio.io/rev": "default"} if len(labels) and containers[-1]["name"] == "istio-proxy" else {}
    metadata = {"name": name, "labels": labels | {"sidecar.istio.io/inject": "false"}, "annotations": annotations}
    spec = {"containers": containers, "nodeName": "node-1"}
    cluster.api.create(path, {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    eventually(partial(_runs, cluster, f"{path}/{name}"), name)


def _runs(cluster: Cluster, path: str) -> bool:
    conditions = cluster.api.get(path)["status"].get("conditions", ())
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


@pytest.fixture
def proxy(held: Cluster) -> Iterator[Cluster]:
    """The cluster, with the recorded dump at the admin port of every pod."""
    body = gzip.decompress((ORDERS / "config_dump.json.gz").read_bytes())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/config_dump" else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Nothing is looked at here."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    held.network.serve(ADMIN, server.server_address[1])
    yield held
    held.network.withdraw(ADMIN)
    server.shutdown()
    server.server_close()


def describe(cluster: Cluster, *arguments: str, user: str = "admin") -> Done:
    return meshctl("x", "describe", *arguments, "-n", "held", "-c", str(cluster.kubeconfig(user)))


def from_services_on(text: str) -> str:
    """Without the block of the pod, of which the recording knows more than a pod that nobody runs."""
    return text.partition("--------------------\n")[2]


def test_pod_is_described_as_from_its_manifests_and_dump(proxy: Cluster) -> None:
    done = describe(proxy, "pod", POD)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Pod: {POD}\n   Pod Revision: default\n   Pod Ports: 8080 (orders)\n-----")
    offline = (GOLDENS / "pod_with_dump.txt").read_text()
    assert from_services_on(done.out) == from_services_on(offline).replace("http://unknown", "http://192.0.2.7")


def test_service_is_described_by_its_pod(proxy: Cluster) -> None:
    done = describe(proxy, "service", "orders")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Service: orders\n   Port: http 80/HTTP targets pod port 8080\n")
    assert "   80 RBAC policies: ns[held]-policy[orders-audit]-rule[0]" in done.out


def test_data_is_complete(proxy: Cluster) -> None:
    found = json.loads(describe(proxy, "pod", POD, "-o", "json").out)
    assert found["pod"]["phase"] == "Running"
    assert (found["proxyKnown"], found["notes"]) == (True, [])
    assert found["mutualTls"] == {
        "mode": "STRICT",
        "ports": {"8080": "PERMISSIVE", "9100": "DISABLE"},
        "policies": ["default.held", "orders-ports.held"],
    }
    assert found["gateways"][0]["virtualServices"][0]["name"] == "shop"


def test_pod_and_service_outside_of_the_mesh(proxy: Cluster) -> None:
    pod = describe(proxy, "pod", "bare")
    assert (pod.code, pod.err) == (0, "")
    assert "WARNING: pod bare has no sidecar" in pod.out
    service = describe(proxy, "service", "web")
    assert (service.code, service.err) == (0, "")
    assert service.out.startswith('Pod bare: it has no sidecar\nService "web" has 1 pod(s), none of them in the mesh')
    nothing = describe(proxy, "service", "vault")
    assert (nothing.code, nothing.out) == (0, 'Service "vault" has no pods.\n')


def test_proxy_that_does_not_answer_is_made_up_for_by_the_objects(held: Cluster) -> None:
    done = describe(held, "pod", POD)
    assert done.code == 0
    assert "configuration of the proxy of pod orders-v1-7b68fd77d7-nsv5q.held cannot be read" in done.err
    offline = from_services_on((GOLDENS / "pod_with_dump.txt").read_text()).partition("--------------------\n")[0]
    assert from_services_on(done.out).startswith(offline)


def test_what_may_not_be_read_is_noted(proxy: Cluster) -> None:
    admin = proxy.kubeconfig()
    refused = describe(proxy, "pod", POD, user="restricted")
    assert (refused.code, refused.out, refused.err.count("\n")) == (65, "", 1)
    kubectl(admin, "create", "role", "pods", "--verb=get", "--resource=pods", "-n", "held")
    kubectl(admin, "create", "rolebinding", "pods", "--role=pods", "--user=restricted", "-n", "held")
    done = describe(proxy, "pod", POD, user="restricted")
    assert done.code == 0
    assert done.out.startswith(f"Pod: {POD}\n")
    for what in (
        "configuration of Istio",
        "services of namespace held",
        "pods of ingress gateways",
        "configuration of the proxy",
    ):
        assert f"meshctl: {what}" in done.err
    assert "stale" not in done.out
    # What was not read is not denied, nor is it the default.
    assert "no Service selects" not in done.out
    assert "\nService: unknown\n" in done.out
    assert "   Workload mTLS mode: unknown\n" in done.out


def test_what_does_not_exist(held: Cluster) -> None:
    for arguments in (("pod", "gone"), ("service", "gone"), ("pod", "deployment/gone")):
        done = describe(held, *arguments)
        assert (done.code, done.out, done.err.count("\n")) == (65, "", 1)
        assert "gone" in done.err


def test_server_that_never_answers_does_not_hold_up(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": {"server": f"https://127.0.0.1:{silent.getsockname()[1]}"}}],
            "users": [{"name": "u", "user": {}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
        file = tmp_path / "kubeconfig"
        file.write_text(json.dumps(config))
        done = meshctl("x", "describe", "pod", "a", "--timeout", "1s", "-c", str(file))
    assert (done.code, done.out) == (65, "")
    assert re.search(r"within (1|0\.\d) s\b", done.err), done.err
