"""What the API server was asked, by its audit log: the only way to know that nothing was written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cluster.api import AGENT, Api, eventually

_WRITING = {"create", "update", "patch", "delete", "deletecollection"}


@dataclass(frozen=True, slots=True)
class Request:
    """One answered request."""

    user: str
    agent: str
    verb: str
    resource: str  # with its subresource: `deployments`, `pods/portforward`
    namespace: str
    name: str
    uri: str
    status: int

    @property
    def writes(self) -> bool:
        """Does it change what is stored? A dry run does not, and neither does asking for a review or a token."""
        asks = self.resource.endswith(("reviews", "/token", "/portforward", "/exec"))
        return self.verb in _WRITING and "dryRun=" not in self.uri and not asks


class AuditLog:
    """The requests from the moment this was made, without those of the cluster's own programs and of the tests."""

    def __init__(self, path: Path, api: Api) -> None:
        self._path = path
        self._api = api
        self._start = path.stat().st_size
        self._fences = 0

    def requests(self, agent: str = "") -> list[Request]:
        """All requests so far whose user agent begins with `agent`."""
        self._wait()
        return [r for r in self._read() if r.agent.startswith(agent) and r.agent != AGENT]

    def writes(self, agent: str = "") -> list[Request]:
        """The requests that change what is stored; refused ones count too."""
        return [request for request in self.requests(agent) if request.writes]

    def _wait(self) -> None:
        """An event is written just after the answer is sent, so a request of our own must be there first."""
        self._fences += 1
        mark = f"fence-{id(self)}-{self._fences}"
        self._api.request("GET", f"/api?{mark}")
        eventually(lambda: any(mark in request.uri for request in self._read()), "the audit log")

    def _read(self) -> Iterator[Request]:
        with self._path.open("rb") as log:
            log.seek(self._start)
            seen = set()
            for line in log:
                if not line.endswith(b"\n"):
                    return
                event = json.loads(line)
                if event["auditID"] not in seen:  # a watch is there twice: when it starts and when it ends
                    seen.add(event["auditID"])
                    yield _request(event)


def _request(event: dict[str, Any]) -> Request:
    of = event.get("objectRef", {})
    return Request(
        user=event["user"].get("username", ""),
        agent=event.get("userAgent", ""),
        verb=event["verb"],
        resource="/".join(filter(None, (of.get("resource"), of.get("subresource")))),
        namespace=of.get("namespace", ""),
        name=of.get("name", ""),
        uri=event["requestURI"],
        status=event.get("responseStatus", {}).get("code", 0),
    )
