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
