"""The debug pages of an istiod, which answer as the real one does: to which proxies it is connected, and what of."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

SYNCED = "SYNCED"
NOT_CONNECTED = "Proxy not connected to this Pilot instance. It may be connected to another instance."


class DebugPages:
    """Pages below `/debug/`, and `/version`; the attributes may be changed by a test."""

    def __init__(self, version: str = "1.31.0", proxies: list[dict[str, Any]] | None = None) -> None:
        self.version = version
        self.debug: dict[str, Any] = {"syncz": proxies or [], "configz": [], "registryz": [], "clusterz": []}
        """The JSON of each page."""
        self.dumps: dict[str, str] = {}
        """The config dump for each proxy that is connected, by its name."""
        self.connections = True
        """Whether it tells its connections, as it does to those who may see everything."""
        self.status = 200
        """Another status than 200 is what every page answers with."""
        self.paused = threading.Event()
        """Set, it answers; cleared by `pause`, it waits for that."""
        self.paused.set()
        self.asked: list[str] = []

    def pause(self) -> None:
        """Lets everybody wait."""
        self.paused.clear()

    def answer(self, path: str) -> tuple[int, str]:
        """Status and text for a request."""
        self.asked.append(path)
        self.paused.wait(60)
        parts = urlsplit(path)
        page = parts.path.removeprefix("/debug/")
        if self.status != 200:
            return self.status, "refused"
        if path == "/version":
            return 200, f"{self.version}-unknown-Clean"
        if page == "config_dump":
            return self._dump(parse_qs(parts.query).get("proxyID", [""])[0])
        if page == "connections" and self.connections:
            clients = [{"connectionId": f"{name}-{n}"} for n, name in enumerate(self.dumps, 1)]
            return 200, json.dumps({"totalClients": len(clients), "clients": clients})
        if page == "list":
            return 200, json.dumps(sorted([*self.debug, "config_dump", "connections"]))
        if page in self.debug:
            return 200, json.dumps(self.debug[page])
        return 404, "404 page not found"

    def _dump(self, proxy: str) -> tuple[int, str]:
        if not proxy:
            return 400, "You must provide a proxyID in the query string"
        for n, name in enumerate(self.dumps, 1):
            if proxy in f"{name}-{n}":
                return 200, self.dumps[name]
        return 404, NOT_CONNECTED


def proxy(name: str, version: str = "1.31.0", type_: str = "sidecar", **states: str) -> dict[str, Any]:
    """An item of `syncz`; the states are by short names of types: `SYNCED`, `STALE`, `NOT SENT`, or why it refused."""
    urls = {
        "CDS": "envoy.config.cluster.v3.Cluster",
        "LDS": "envoy.config.listener.v3.Listener",
        "EDS": "envoy.config.endpoint.v3.ClusterLoadAssignment",
        "RDS": "envoy.config.route.v3.RouteConfiguration",
        "WDS": "istio.workload.Address",
    }
    resources = {f"type.googleapis.com/{urls[short]}": _resource(state) for short, state in states.items()}
    item = {"cluster_id": "Kubernetes", "proxy": name, "proxy_type": type_, "istio_version": version}
    return item | {"resources": resources}


def _resource(state: str) -> dict[str, str]:
    if state == "NOT SENT":
        return {}
    sent = {"sent": "v2", "sentTime": "2026-11-26T12:00:00.123456789Z"}
    if state == "STALE":
        return sent | {"acked": "v1"}
    return sent | {"acked": "v2"} | ({} if state == SYNCED else {"lastError": state})


@contextmanager
def serving_pages(pages: DebugPages) -> Iterator[str]:
    """The address of an HTTP server with the pages, as a port-forward or a Service has it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, text = pages.answer(self.path)
            data = text.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        pages.paused.set()
        server.shutdown()
        server.server_close()
