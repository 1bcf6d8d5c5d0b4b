"""A small ControlZ: the scopes of an istiod over HTTP, as the real port serves them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def scopes() -> dict[str, dict[str, Any]]:
    """What a new istiod logs."""
    about = {"ads": "ads debugging", "validation": "CRD validation debugging", "model": "model"}
    return {
        name: {
            "name": name,
            "description": text,
            "output_level": "info",
            "stack_trace_level": "none",
            "log_callers": name == "model",
        }
        for name, text in about.items()
    }


class StandInControlZ:
    """The state of the port; `puts` are the names that were changed, `port` is where it listens."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.scopes = scopes()
        self.puts: list[str] = []
        self.broken = False


@contextmanager
def control_z() -> Iterator[StandInControlZ]:
    """Serves until the end of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    state = StandInControlZ(server.server_address[1])
    server.state = state  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        state = self.server.state  # type: ignore[attr-defined]
        self._answer(500 if state.broken else 200, list(state.scopes.values()))

    def do_PUT(self) -> None:
        state = self.server.state  # type: ignore[attr-defined]
        name = self.path.removeprefix("/scopej/")
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if name not in state.scopes:
            self._answer(400, {"error": "unknown scope"})
            return
        own = state.scopes[name]
        own |= {key: body[key] for key in ("output_level", "stack_trace_level") if body.get(key)}
        own["log_callers"] = body.get("log_callers", False)
        state.puts.append(name)
        self._answer(202, None)

    def _answer(self, status: int, data: Any) -> None:
        text = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Tests look at the state instead."""
