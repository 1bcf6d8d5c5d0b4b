"""A small Prometheus: answers each query with a number that a test gives it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from urllib.parse import parse_qs, urlsplit

from tests.json_server import JsonHandler, serving

Answer = Callable[[str], float | str | None]
"""Gives the number for a query, None for no series, or the text of an error."""


class StandInPrometheus:
    """The queries that were asked, and where it listens."""

    def __init__(self, port: int, answer: Answer) -> None:
        self.port = port
        self.answer = answer
        self.queries: list[str] = []


def prometheus(answer: Answer) -> AbstractContextManager[StandInPrometheus]:
    """Serves until the end of the block."""
    return serving(_Handler, lambda port: StandInPrometheus(port, answer))


class _Handler(JsonHandler):
    def do_GET(self) -> None:
        state = self.state
        parts = urlsplit(self.path)
        assert parts.path == "/api/v1/query", parts.path
        query = parse_qs(parts.query)["query"][0]
        state.queries.append(query)
        found = state.answer(query)
        if isinstance(found, str):
            self.answer(400, {"status": "error", "errorType": "bad_data", "error": found})
            return
        result = [] if found is None else [{"metric": {}, "value": [1767225600.123, str(found)]}]
        self.answer(200, {"status": "success", "data": {"resultType": "vector", "result": result}})
