"""`authz can-i` about a real API server gives the same answers as about the files that were applied to it."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.cli.run import meshctl
from tests.cluster.api import eventually
from tests.cluster.kubectl import kubectl
from tests.cluster.rig import Cluster
from tests.proxyconfig.recordings import ORDERS as RECORDED

ORDERS = Path(__file__).parent.parent / "diagnose" / "authz" / "orders"
NAMESPACE = "asked"
ADMIN = 15000


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The manifests of the recorded proxy in a namespace of their own, and a policy for the whole mesh."""
    folder = tmp_path_factory.mktemp("manifests")
    for file in ORDERS.glob("*.yaml"):
        (folder / file.name).write_text(file.read_text().replace("held", NAMESPACE))
    namespace = {"apiVersion": "v1", "kind": "Namespace",
                 "metadata": {"name": NAMESPACE, "labels": {"istio-injection": "enabled"}}}  # fmt: skip
    (folder / "00-namespace.yaml").write_text(json.dumps(namespace))
    everywhere = {
        "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
        "metadata": {"name": "no-secrets-of-asked", "namespace": "istio-system"},
        "spec": {"action": "DENY", "rules": [{"to": [{"operation": {"paths": ["/secrets/*"]}}]}],
                 "selector": {"matchLabels": {"app": "orders"}}},
    }  # fmt: skip
    (folder / "90-everywhere.yaml").write_text(json.dumps(everywhere))
    return folder


@pytest.fixture(scope="module")
def cluster(meshed: Cluster, files: Path) -> Iterator[Cluster]:
    for file in sorted(files.iterdir()):
        kubectl(meshed.kubeconfig(), "apply", "--server-side", "-f", str(file))
    yield meshed
    meshed.api.delete(f"/api/v1/namespaces/{NAMESPACE}")
    meshed.api.delete("/apis/security.istio.io/v1/namespaces/istio-system/authorizationpolicies/no-secrets-of-asked")


WEB = ("--from", "ns/asked/sa/web", "--from-ip", "10.0.0.9")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((*WEB, "--request", "GET http://orders/items"), 0),
        (("--from", "deployment/web-v1", "--from-ip", "10.0.0.9", "--request", "GET http://orders/items"), 0),
        ((*WEB, "--request", "TRACE http://orders/items"), 79),
        ((*WEB, "--request", "GET http://orders/secrets/1"), 79),
        (("--port", "7000", "--plaintext"), 79),
        ((*WEB[:2], "--request", "GET http://orders/items"), 65),
    ],
)
def test_cluster_and_files_give_the_same_answer(
    cluster: Cluster, files: Path, arguments: tuple[str, ...], code: int
) -> None:
    asked = ("authz", "can-i", "--to", "deployment/orders-v1.asked", "-n", "asked", "-o", "json", *arguments)
    live = meshctl(*asked, "-c", str(cluster.kubeconfig()))
    assert (live.code, live.err) == (code, "")
    offline = meshctl(*asked, "-f", str(files))
    assert offline.code == code
    assert json.loads(live.out) == _without_places(json.loads(offline.out))


BEHIND_A_WAYPOINT = """
apiVersion: v1
kind: Namespace
metadata: {name: asked-calm, labels: {istio.io/dataplane-mode: ambient}}
---
apiVersion: v1
kind: Namespace
metadata: {name: asked-edge}
---
apiVersion: v1
kind: Service
metadata:
  name: calm
  namespace: asked-calm
  labels: {istio.io/use-waypoint: way, istio.io/use-waypoint-namespace: asked-edge}
spec: {selector: {app: calm}, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: calm, namespace: asked-calm, labels: {app: calm}}
spec: {containers: [{name: app, image: registry.example/app}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: only-get, namespace: asked-edge}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: way}]
  rules: [{to: [{operation: {methods: [GET]}}]}]
"""


def test_policies_of_a_waypoint_elsewhere_are_read(meshed: Cluster, tmp_path: Path) -> None:
    file = tmp_path / "mesh.yaml"
    file.write_text(BEHIND_A_WAYPOINT)
    try:
        kubectl(meshed.kubeconfig(), "apply", "-f", str(file))
        for method, code in (("GET", 0), ("PUT", 79)):
            asked = ("authz", "can-i", "--to", "service/calm.asked-calm", "--from", "ns/x/sa/y", "-o", "json",
                     "--request", f"{method} http://calm.asked-calm/")  # fmt: skip
            live, offline = meshctl(*asked, "-c", str(meshed.kubeconfig())), meshctl(*asked, "-f", str(file))
            assert (live.code, offline.code, live.err) == (code, code, "")
            assert json.loads(live.out) == _without_places(json.loads(offline.out))
    finally:
        for name in ("asked-calm", "asked-edge"):
            meshed.api.delete(f"/api/v1/namespaces/{name}")


POD = "orders-0"


@pytest.fixture
def pod(cluster: Cluster) -> Iterator[str]:
    """A pod whose proxy has what the recorded one had."""
    listed: dict[str, Any] = {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": POD, "namespace": NAMESPACE, "labels": {"sidecar.istio.io/inject": "false"}},
        "spec": {"containers": [{"name": "istio-proxy", "image": "x"}], "nodeName": "node-1"},
    }  # fmt: skip
    cluster.api.create(f"/api/v1/namespaces/{NAMESPACE}/pods", listed)
    eventually(partial(_runs, cluster), POD)
    body = gzip.decompress((RECORDED / "config_dump.json.gz").read_bytes())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Nothing is looked at here."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        cluster.network.serve(ADMIN, server.server_address[1])
        yield f"{POD}.{NAMESPACE}"
        cluster.network.withdraw(ADMIN)
        server.shutdown()


def _runs(cluster: Cluster) -> bool:
    conditions = cluster.api.get(f"/api/v1/namespaces/{NAMESPACE}/pods/{POD}")["status"].get("conditions", ())
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def test_a_running_proxy_is_asked_for_its_filters(cluster: Cluster, pod: str) -> None:
    asked = ("--from", "ns/held/sa/web", "--from-ip", "10.0.0.9", "--request", "TRACE http://orders:8080/items")
    done = meshctl("authz", "can-i", "--dump", pod, *asked, "-c", str(cluster.kubeconfig()))
    assert (done.code, done.err) == (79, "")
    assert done.out.startswith("denied: rule 3 of orders-deny.held denies it\n")


def _without_places(data: Any) -> Any:
    if isinstance(data, list):
        return [_without_places(one) for one in data]
    if isinstance(data, dict):
        return {key: _without_places(value) for key, value in data.items() if key not in ("file", "line")}
    return data
