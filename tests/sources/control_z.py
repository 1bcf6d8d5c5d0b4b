"""A small ControlZ: the scopes of an istiod over HTTP, as the real port serves them."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from typing import Any

from tests.json_server import JsonHandler, serving


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


def control_z() -> AbstractContextManager[StandInControlZ]:
    """Serves until the end of the block."""
    return serving(_Handler, StandInControlZ)


class _Handler(JsonHandler):
    def do_GET(self) -> None:
        state = self.state
        self.answer(500 if state.broken else 200, list(state.scopes.values()))

    def do_PUT(self) -> None:
        state = self.state
        name = self.path.removeprefix("/scopej/")
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if name not in state.scopes:
            self.answer(400, {"error": "unknown scope"})
            return
        own = state.scopes[name]
        own |= {key: body[key] for key in ("output_level", "stack_trace_level") if body.get(key)}
        own["log_callers"] = body.get("log_callers", False)
        state.puts.append(name)
        self.answer(202, None)
