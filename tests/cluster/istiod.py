"""A stand-in for istiod: what install, verify and the API server meet of it, without a mesh behind it.

It answers at the ports that the real one has: webhooks over TLS, readiness, version and debug pages. As the real one
does, it also puts its CA into the webhook configurations of its revision, lets the validating ones fail closed, and
gives every namespace the CA certificate; it begins when a pod of istiod is ready.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.cluster.api import Api, ApiError
from tests.cluster.certificates import Authority, Certificate
from tests.cluster.debug_pages import DebugPages
from tests.cluster.network import PodNetwork

MARK = "test.meshctl/injected"
"""The annotation that the stand-in's injector leaves on a pod; its value is the path that was called."""


def mark(pod: dict[str, Any], path: str) -> list[dict[str, Any]]:
    """The smallest patch that shows that the webhook was called."""
    annotations = pod["metadata"].get("annotations", {}) | {MARK: path}
    return [{"op": "add", "path": "/metadata/annotations", "value": annotations}]


class StandInIstiod:
    """Servers on loopback; the attributes may be changed by a test, and `reset` puts them back."""

    inject: Callable[[dict[str, Any], str], list[dict[str, Any]]]
    """Gives the patch for a pod that arrives at a path."""
    refuse: Callable[[dict[str, Any]], str]
    """Gives the reason why a configuration object is invalid; an empty one means that it is valid."""
    version: str
    ready: bool
    debug: dict[str, Any]
    """The JSON of each page below `/debug/`."""
    pages: DebugPages
    """The debug pages as a whole."""

    def __init__(self, network: PodNetwork, api: Api) -> None:
        self._api = api
        self._network = network
        self._servers: list[ThreadingHTTPServer] = []
        self._stop = threading.Event()
        self.calls: list[str] = []
        self.authority = Authority("stand-in istiod")
        self.reset()
        names = ["istiod.istio-system.svc", "*.istio-system.svc"]
        self.present(self.authority.issue(*names))
        self._listen(8080)
        self._listen(15014)
        threading.Thread(target=self._reconcile, name="istiod", daemon=True).start()

    def reset(self) -> None:
        """Forgets what tests changed and what was called."""
        self.inject, self.refuse = mark, lambda _: ""
        self.version, self.ready = "1.31.0", True
        self.pages = DebugPages()
        self.debug = self.pages.debug
        self.calls.clear()

    def present(self, certificate: Certificate) -> None:
        """Serves the webhooks with another certificate from now on."""
        self.certificate = certificate
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.load(context)
        self._listen(15017, context)

    def close(self) -> None:
        """Stops serving."""
        self._stop.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def serve_replica(self, port: int, pages: DebugPages) -> None:
        """Another replica: `port` of every pod has these pages; the annotation `prometheus.io/port` leads there."""
        self._listen(port, answer=lambda path, _: pages.answer(path))

    def _listen(
        self,
        port: int,
        tls: ssl.SSLContext | None = None,
        answer: Callable[[str, bytes], tuple[int, str]] | None = None,
    ) -> None:
        found = answer or self.answer

        class Handler(_Handler):
            def answer(self, body: bytes) -> tuple[int, str]:
                return found(self.path, body)

        server = _Server(("127.0.0.1", 0), Handler)
        server.tls = tls
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self._servers.append(server)
        self._network.serve(port, server.server_address[1])

    def answer(self, path: str, body: bytes) -> tuple[int, str]:
        """Status and text for a request."""
        self.calls.append(path)
        if path.startswith(("/inject", "/validate")):
            return 200, json.dumps(self._review(path, json.loads(body)))
        if path == "/ready":
            return (200, "") if self.ready else (503, "not ready")
        if path == "/version":
            return 200, f"{self.version}-unknown-Clean"
        return self.pages.answer(path)

    def _review(self, path: str, review: dict[str, Any]) -> dict[str, Any]:
        request = review["request"]
        response: dict[str, Any] = {"uid": request["uid"], "allowed": True}
        if path.startswith("/inject"):
            patch = json.dumps(self.inject(request["object"], path)).encode()
            response |= {"patchType": "JSONPatch", "patch": base64.b64encode(patch).decode()}
        elif reason := self.refuse(request["object"]):
            response |= {"allowed": False, "status": {"message": reason}}
        return {"apiVersion": review["apiVersion"], "kind": review["kind"], "response": response}

    def _reconcile(self) -> None:
        while not self._stop.wait(0.2):
            with contextlib.suppress(OSError, http.client.HTTPException, ApiError):
                for revision in self._ready_revisions():
                    self._claim_webhooks(revision)
                    self._publish_authority()

    def _ready_revisions(self) -> set[str]:
        pods = self._api.get("/api/v1/pods?labelSelector=app%3Distiod")["items"]
        return {
            pod["metadata"]["labels"].get("istio.io/rev", "default")
            for pod in pods
            if any(c["type"] == "Ready" and c["status"] == "True" for c in pod.get("status", {}).get("conditions", []))
        }

    def _claim_webhooks(self, revision: str) -> None:
        bundle = base64.b64encode(self.authority.certificate.encode()).decode()
        for kind in ("mutating", "validating"):
            path = f"/apis/admissionregistration.k8s.io/v1/{kind}webhookconfigurations"
            for found in self._api.get(f"{path}?labelSelector=istio.io%2Frev%3D{revision}")["items"]:
                want = []
                for webhook in found.get("webhooks", []):
                    if "service" in webhook["clientConfig"] and webhook["clientConfig"].get("caBundle") != bundle:
                        want.append({"name": webhook["name"], "clientConfig": {"caBundle": bundle}})
                        if kind == "validating":
                            want[-1]["failurePolicy"] = "Fail"
                if want:
                    name = found["metadata"]["name"]
                    patch = {"webhooks": want}
                    self._api.patch(f"{path}/{name}?fieldManager=pilot-discovery", patch, "strategic-merge-patch")

    def _publish_authority(self) -> None:
        name = "istio-ca-root-cert"
        body = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": name, "labels": {"istio.io/config": "true"}},
            "data": {"root-cert.pem": self.authority.certificate},
        }
        have = {
            c["metadata"]["namespace"]
            for c in self._api.get("/api/v1/configmaps?labelSelector=istio.io%2Fconfig")["items"]
        }
        for namespace in self._api.get("/api/v1/namespaces")["items"]:
            target = namespace["metadata"]["name"]
            if target not in have and not target.startswith("kube-") and namespace["status"]["phase"] == "Active":
                self._api.create(f"/api/v1/namespaces/{target}/configmaps", body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    tls: ssl.SSLContext | None = None

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up or does not trust the certificate is what some tests want."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def setup(self) -> None:
        assert isinstance(self.server, _Server)
        if self.server.tls:  # in the connection's own thread: a client that never speaks must not block the others
            self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def answer(self, body: bytes) -> tuple[int, str]:
        raise NotImplementedError

    def do_GET(self) -> None:
        self._reply()

    def do_POST(self) -> None:
        self._reply()

    def _reply(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, text = self.answer(body)
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if text[:1] in "[{" else "text/plain")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Tests look at `calls` instead."""
