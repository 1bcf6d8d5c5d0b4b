"""A small Prometheus: answers each query with a number that a test gives it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

Answer = Callable[[str], float | str | None]
"""Gives the number for a query, None for no series, or the text of an error."""


class StandInPrometheus:
    """The queries that were asked, and where it listens."""

    def __init__(self, port: int, answer: Answer) -> None:
        self.port = port
        self.answer = answer
        self.queries: list[str] = []


@contextmanager
def prometheus(answer: Answer) -> Iterator[StandInPrometheus]:
    """Serves until the end of the block."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    state = StandInPrometheus(server.server_address[1], answer)
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
        parts = urlsplit(self.path)
        assert parts.path == "/api/v1/query", parts.path
        query = parse_qs(parts.query)["query"][0]
        state.queries.append(query)
        found = state.answer(query)
        if isinstance(found, str):
            self._send(400, {"status": "error", "errorType": "bad_data", "error": found})
            return
        result = [] if found is None else [{"metric": {}, "value": [1767225600.123, str(found)]}]
        self._send(200, {"status": "success", "data": {"resultType": "vector", "result": result}})

    def _send(self, status: int, data: object) -> None:
        text = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Tests look at the queries instead."""
