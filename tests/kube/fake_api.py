"""An API server of a few lines, for what a real one does too seldom: refusals, pauses, pages that ran out."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

DISCOVERY = {
    "/api": {
        "kind": "APIGroupDiscoveryList",
        "items": [
            {
                "versions": [
                    {
                        "version": "v1",
                        "resources": [
                            {
                                "resource": "configmaps",
                                "responseKind": {"kind": "ConfigMap"},
                                "scope": "Namespaced",
                                "shortNames": ["cm"],
                                "singularResource": "configmap",
                            },
                            {
                                "resource": "namespaces",
                                "responseKind": {"kind": "Namespace"},
                                "scope": "Cluster",
                                "shortNames": ["ns"],
                                "singularResource": "namespace",
                            },
                        ],
                    }
                ]
            }
        ],
    },
    "/apis": {
        "kind": "APIGroupDiscoveryList",
        "items": [
            {
                "metadata": {"name": "networking.istio.io"},
                "versions": [
                    {
                        "version": version,
                        "resources": [
                            {
                                "resource": "gateways",
                                "responseKind": {"kind": "Gateway"},
                                "scope": "Namespaced",
                                "singularResource": "gateway",
                            }
                        ],
                    }
                    for version in ("v1", "v1beta1")
                ],
            }
        ],
    },
}


@dataclass
class Request:
    method: str
    path: str
    query: str
    headers: Message
    body: Any


HUNG_UP = 0
"""The status of an answer that never comes, as the connection is closed."""


@dataclass
class Answer:
    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def refusal(status: int, reason: str, message: str, **more: Any) -> Answer:
    return Answer({"kind": "Status", "reason": reason, "message": message, "code": status, **more}, status)


class QuietServer(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what some tests want."""


class FakeApi:
    """Answers by `answers`, a function of the request, but for discovery, which `discovery` holds by path."""

    def __init__(self, answers: Callable[[Request], Answer], discovery: dict[str, Any] = DISCOVERY) -> None:
        self.requests: list[Request] = []
        self.answers = answers
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                content = self.rfile.read(length)
                path, _, query = self.path.partition("?")
                request = Request(self.command, path, query, self.headers, json.loads(content) if content else None)
                api.requests.append(request)
                found = Answer(discovery[path]) if path in discovery else api.answers(request)
                if found.status == HUNG_UP:
                    self.close_connection = True
                    return
                data = json.dumps(found.body).encode()
                self.send_response(found.status)
                for name, value in found.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = answer  # noqa: N815 - the names that the server looks for
            do_POST = answer  # noqa: N815
            do_PATCH = answer  # noqa: N815
            do_DELETE = answer  # noqa: N815

        self.server = QuietServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"


@contextmanager
def serving(answers: Callable[[Request], Answer], discovery: dict[str, Any] = DISCOVERY) -> Iterator[FakeApi]:
    api = FakeApi(answers, discovery)
    thread = threading.Thread(target=api.server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield api
    finally:
        api.server.shutdown()
        api.server.server_close()


def write_kubeconfig(path: Path, url: str, *, user: dict[str, Any] | None = None, namespace: str = "") -> Path:
    """A kubeconfig file with one context, `here`."""
    context = {"cluster": "mesh", "user": "me"} | ({"namespace": namespace} if namespace else {})
    path.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "here",
                "clusters": [{"name": "mesh", "cluster": {"server": url}}],
                "contexts": [{"name": "here", "context": context}],
                "users": [{"name": "me", "user": {"token": "s3cr3t"} if user is None else user}],
            }
        )
    )
    return path
