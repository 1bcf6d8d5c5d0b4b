"""A small HTTP server on loopback that answers in JSON: the frame of stand-ins for servers of other projects."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

S = TypeVar("S")


class JsonHandler(BaseHTTPRequestHandler):
    """Handles a request with the state of its server."""

    @property
    def state(self) -> Any:
        """What `serving` was given."""
        return self.server.state  # type: ignore[attr-defined]

    def answer(self, status: int, data: object) -> None:
        """Sends data as JSON."""
        text = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Tests look at the state instead."""


@contextmanager
def serving(handler: type[JsonHandler], make: Callable[[int], S]) -> Iterator[S]:
    """Serves until the end of the block; `make` gives the state for the port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    state = make(server.server_address[1])
    server.state = state  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
