"""`meshctl proxy-status` through the port-forwards of a real API server, with several replicas of istiod."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from tests.cli.run import Done, meshctl
from tests.cluster.api import eventually
from tests.cluster.debug_pages import SYNCED, DebugPages, proxy
from tests.cluster.rig import Cluster
from tests.kube.fake_api import QuietServer
from tests.proxyconfig.recordings import ISTIOD, PRODUCTPAGE
from tests.xds.grpc_istiod import grpc_istiod

PORTS = (15020, 15021)
ADMIN = 15000


@dataclass
class Mesh:
    """A namespace with two replicas of istiod, of which each has debug pages of its own."""

    cluster: Cluster
    namespace: str
    replicas: dict[str, DebugPages] = field(default_factory=dict)

    def run(self, *arguments: str, user: str = "admin") -> Done:
        return meshctl(*arguments, "-i", self.namespace, "-c", str(self.cluster.kubeconfig(user)))

    def add_pod(self, name: str, **metadata: Any) -> None:
        path = f"/api/v1/namespaces/{self.namespace}/pods"
        spec = {"containers": [{"name": "c", "image": "i"}]}
        metadata = {"name": name, **metadata}
        self.cluster.api.create(path, {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
        eventually(lambda: self.cluster.api.get(f"{path}/{name}")["status"].get("phase") == "Running", name)


@pytest.fixture
def mesh(cluster: Cluster, namespace: str) -> Iterator[Mesh]:
    found = Mesh(cluster, namespace)
    for name, port in zip(("istiod-a", "istiod-b"), PORTS, strict=True):
        found.replicas[name] = DebugPages()
        cluster.istiod.serve_replica(port, found.replicas[name])
        annotations = {"prometheus.io/port": str(port)}
        found.add_pod(name, labels={"app": "istiod", "istio.io/rev": name[-1]}, annotations=annotations)
    yield found
    for port, pages in zip(PORTS, found.replicas.values(), strict=True):
        pages.paused.set()
        cluster.network.withdraw(port)


@pytest.fixture
def productpage(mesh: Mesh) -> Iterator[str]:
    """A pod whose admin port answers with the recorded dump, connected to the second istiod."""
    dump = gzip.decompress((PRODUCTPAGE / "config_dump.json.gz").read_bytes())

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(dump)))
            self.end_headers()
            self.wfile.write(dump)

        def log_message(self, *_: Any) -> None:
            pass

    import threading

    server = QuietServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    mesh.cluster.network.serve(ADMIN, server.server_port)
    mesh.add_pod("productpage", labels={"app": "productpage"})
    name = f"productpage.{mesh.namespace}"
    mesh.replicas["istiod-b"].dumps[name] = gzip.decompress((ISTIOD / "config_dump.json.gz").read_bytes()).decode()
    yield name
    mesh.cluster.network.withdraw(ADMIN)
    server.shutdown()
    server.server_close()


def connect(mesh: Mesh) -> None:
    mesh.replicas["istiod-a"].debug["syncz"] = [proxy("web.shop", CDS=SYNCED), proxy("cart.shop", CDS="STALE")]
    mesh.replicas["istiod-b"].debug["syncz"] = [proxy("in.edge", "1.30.0", CDS=SYNCED)]


def test_proxies_of_all_replicas(mesh: Mesh) -> None:
    connect(mesh)
    done = mesh.run("ps")
    assert done.code == 0
    rows = [line.split()[:4] for line in done.out.splitlines()[1:]]
    assert rows == [
        ["cart.shop", "Kubernetes", "istiod-a", "1.31.0"],
        ["in.edge", "Kubernetes", "istiod-b", "1.30.0"],
        ["web.shop", "Kubernetes", "istiod-a", "1.31.0"],
    ]
    assert "cart.shop (CDS for " in done.err
    assert done.err.count("\n") == 1
    assert mesh.run("ps", "-r", "b").out.count("\n") == 2
    assert mesh.run("ps", "--xds-label", "istio.io/rev=b").out.count("\n") == 2
    assert len(json.loads(mesh.run("ps", "-o", "json", "-n", "edge").out)) == 2


def test_a_replica_that_is_slow_is_named_and_the_rest_is_used(mesh: Mesh) -> None:
    connect(mesh)
    mesh.replicas["istiod-a"].pause()
    for seconds in (3, 15, 60):  # on a busy machine, the first may not suffice for the other replica
        done = mesh.run("ps", "--timeout", f"{seconds}s")
        if done.code == 0:
            break
    assert done.code == 0
    assert [line.split()[0] for line in done.out.splitlines()] == ["NAME", "in.edge"]
    assert done.err.count("istiod-a") >= 1
    assert done.err.count("\n") == 1
    assert mesh.run("ps", "--timeout", "3s", "--check").code == 65
    mesh.replicas["istiod-b"].pause()
    assert mesh.run("ps", "--timeout", "2s").code == 65


def test_replicas_that_refuse_or_are_not_there(mesh: Mesh) -> None:
    mesh.replicas["istiod-a"].status = 500
    connect(mesh)
    done = mesh.run("ps")
    assert (done.code, done.out.count("\n")) == (0, 2)
    assert "500" in done.err
    none = mesh.run("ps", "-r", "other")
    assert (none.code, none.out) == (65, "")
    assert f"no istiod of revision other runs in namespace {mesh.namespace}" in none.err
    assert mesh.run("ps", user="restricted").code == 65


def test_a_pod_whose_proxy_is_connected_to_nobody(mesh: Mesh) -> None:
    connect(mesh)
    mesh.add_pod("lost", annotations={"sidecar.istio.io/status": "{}"})
    mesh.add_pod("plain")
    done = mesh.run("ps", "--check", "-n", mesh.namespace)
    assert done.code == 79
    assert done.err == f"meshctl: 1 pod with a proxy is connected to no istiod: lost.{mesh.namespace}\n"
    mesh.replicas["istiod-b"].debug["syncz"] = [proxy(f"lost.{mesh.namespace}", CDS=SYNCED)]
    assert mesh.run("ps", "--check", "-n", mesh.namespace).code == 0


def test_the_replica_that_has_the_proxy_is_asked(mesh: Mesh, productpage: str) -> None:
    for target in (productpage, f"pod/{productpage}"):
        done = mesh.run("ps", target)
        assert (done.code, done.err) == (0, "")
        assert done.out.startswith("Clusters Match\nListeners Match\nRoutes Match (RDS last loaded at ")
    assert json.loads(mesh.run("ps", productpage, "-o", "json").out)["istiod"] == "istiod-b"
    diff = mesh.run("pc", "diff", productpage, "istiod")
    assert diff.code == 0, diff.err
    # A replica that hangs takes no time from the one that answers.
    mesh.replicas["istiod-a"].pause()
    started = time.monotonic()
    assert mesh.run("ps", productpage).code == 0
    assert time.monotonic() - started < 10


def test_proxies_that_have_nothing_to_compare(mesh: Mesh, productpage: str) -> None:
    mesh.replicas["istiod-b"].dumps.clear()
    done = mesh.run("ps", productpage)
    assert (done.code, done.out) == (65, "")
    assert "is connected to no istiod (asked: istiod-a, istiod-b)" in done.err
    mesh.add_pod("ztunnel-x", labels={"app": "ztunnel"})
    tunnel = mesh.run("ps", f"ztunnel-x.{mesh.namespace}")
    assert (tunnel.code, tunnel.out) == (0, "")
    assert "ztunnel" in tunnel.err
    gone = mesh.run("ps", f"gone.{mesh.namespace}")
    assert (gone.code, gone.err.count("\n")) == (65, 1)


def test_debug_pages_of_every_replica(mesh: Mesh, productpage: str) -> None:
    connect(mesh)
    found = json.loads(mesh.run("x", "internal-debug", "syncz", "--all").out)
    assert {name: len(page) for name, page in found.items()} == {"istiod-a": 2, "istiod-b": 1}
    dump = mesh.run("x", "internal-debug", f"config_dump?proxyID={productpage}")
    assert (dump.code, len(json.loads(dump.out)["configs"])) == (0, 7)


def test_a_token_of_the_cluster_for_an_address(mesh: Mesh) -> None:
    authority = mesh.cluster.authority
    account = f"/api/v1/namespaces/{mesh.namespace}/serviceaccounts/default"
    eventually(lambda: mesh.cluster.api.exists(account), "the service account")
    with grpc_istiod(authority.issue("127.0.0.1")) as istiod:
        flags = ["--xds-address", f"127.0.0.1:{istiod.port}", "--insecure"]
        done = mesh.run("ps", *flags)
        assert done.code == 0, done.err
        kind, token = istiod.metadata[0]["authorization"].split()
        assert (kind, token.count(".")) == ("Bearer", 2)
        assert token not in done.out + done.err
        refused = mesh.run("ps", *flags, user="restricted")
        assert refused.code == 65
        assert "no token for the control plane" in refused.err


def test_istiods_without_debug_pages_are_asked_by_xds(mesh: Mesh, productpage: str) -> None:
    account = f"/api/v1/namespaces/{mesh.namespace}/serviceaccounts/default"
    eventually(lambda: mesh.cluster.api.exists(account), "the service account")
    for pages in mesh.replicas.values():
        pages.status = 404
    with grpc_istiod(mesh.cluster.authority.issue("istiod.istio-system.svc")) as istiod:
        mesh.cluster.network.serve(15012, istiod.port)
        try:
            istiod.pages["syncz"] = [proxy("web.shop", CDS=SYNCED)]
            istiod.pages["config_dump"] = gzip.decompress((ISTIOD / "config_dump.json.gz").read_bytes())
            done = mesh.run("ps", "-r", "a")
            assert (done.code, done.err) == (0, "")
            assert "web.shop     Kubernetes     istiod-7d-abc" in done.out
            assert "authorization" in istiod.metadata[0]
            same = mesh.run("ps", productpage)
            assert (same.code, same.err) == (0, "")
            unknown = mesh.run("x", "internal-debug", "nothing")
            assert (unknown.code, unknown.out) == (65, "")
        finally:
            mesh.cluster.network.withdraw(15012)
    nothing = mesh.run("ps", "--timeout", "5s")
    assert (nothing.code, nothing.err.count("\n")) == (65, 1)
    assert "ENABLE_DEBUG_ON_HTTP" in nothing.err


def test_a_control_plane_outside_of_the_cluster_is_found_by_its_webhook(cluster: Cluster, namespace: str) -> None:
    path = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
    mesh = Mesh(cluster, namespace)
    eventually(lambda: cluster.api.exists(f"/api/v1/namespaces/{namespace}/serviceaccounts/default"), "the account")
    with grpc_istiod(cluster.authority.issue("127.0.0.1")) as istiod:
        istiod.pages["syncz"] = [proxy("web.shop", CDS=SYNCED)]
        webhook = {
            "name": "inject.istio.io",
            "clientConfig": {"url": f"https://127.0.0.1:{istiod.port}/inject"},
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
        }
        metadata = {"name": namespace, "labels": {"istio.io/rev": namespace}}
        kind = {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "MutatingWebhookConfiguration"}
        cluster.api.create(path, {**kind, "metadata": metadata, "webhooks": [webhook]})
        try:
            done = mesh.run("ps", "-r", namespace, "--insecure")
            assert (done.code, done.err) == (0, "")
            assert "web.shop" in done.out
            assert "not trusted" in mesh.run("ps", "-r", namespace).err
        finally:
            cluster.api.delete(f"{path}/{namespace}")
    assert mesh.run("ps", "-r", namespace).code == 65
