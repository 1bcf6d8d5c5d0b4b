"""An API server that fails now and then: a server before the real one that breaks the requests a test names.

Every request is a connection of its own, passed on as it is (watches and upgraded connections too) unless a fault is
set for it. Use the kubeconfig files of this server for the client under test.
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.cluster import users
from tests.cluster.relay import Loop, relay
from tests.cluster.rig import Cluster

_REASONS = {403: "Forbidden", 404: "NotFound", 409: "Conflict", 429: "TooManyRequests", 500: "InternalError"}


@dataclass(slots=True)
class Fault:
    """What happens to the first `times` requests whose method and path match; without a status they are cut off."""

    method: str
    path: str  # a regular expression, searched for in the path with its query
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1
    before: Callable[[], object] = bool
    """Done before the request is broken, such as `cluster.stop_api_server`."""
    passes: bool = False
    """Pass the request on after all: only `before` happens."""

    def hits(self, method: str, path: str) -> bool:
        """Takes one of the times, if the request matches."""
        hit = self.times > 0 and method == self.method and re.search(self.path, path) is not None
        self.times -= hit
        return hit

    def answer(self) -> bytes:
        """The answer of an API server that refuses."""
        if self.status is None:
            return b""
        reason = _REASONS.get(self.status, "")
        body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": self.status, "reason": reason}
        text = json.dumps(body | {"message": f"a fault of the test: {reason}"})
        headers = {"Content-Type": "application/json", "Content-Length": str(len(text)), "Connection": "close"}
        lines = [f"HTTP/1.1 {self.status} {reason}", *(f"{k}: {v}" for k, v in (headers | self.headers).items())]
        return ("\r\n".join(lines) + "\r\n\r\n" + text).encode()


class FaultyServer:
    """Listens on loopback with a certificate of the cluster's authority; `faults` may change at any time."""

    def __init__(self, cluster: Cluster, directory: Path) -> None:
        self.faults: list[Fault] = []
        self._upstream = int(cluster.server.rpartition(":")[2])
        self._trust = ssl.create_default_context(cadata=cluster.authority.certificate)
        self._loop = Loop("faulty server")
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        cluster.authority.issue("127.0.0.1").load(tls)
        self.server = f"https://127.0.0.1:{self._loop.run(self._listen(tls))}"
        self._directory = directory / "faulty"
        cluster.users.write_kubeconfigs(self._directory, self.server, cluster.authority.certificate)

    def __enter__(self) -> FaultyServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.close()

    def kubeconfig(self, user: str = "admin") -> Path:
        """The kubeconfig file of a user that leads here."""
        return users.kubeconfig(self._directory, user)

    async def _listen(self, tls: ssl.SSLContext) -> int:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        return int(server.sockets[0].getsockname()[1])

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            method, path, _ = head.split(" ", 2)
            fault = next((fault for fault in self.faults if fault.hits(method, path)), None)
            if fault:
                await asyncio.to_thread(fault.before)
            if fault and not fault.passes:
                length = re.search(r"(?im)^content-length: *(\d+)", head)
                await reader.readexactly(int(length[1]) if length else 0)
                writer.write(fault.answer())
                writer.close()
                return
            far = await asyncio.open_connection("127.0.0.1", self._upstream, ssl=self._trust)
        except (OSError, asyncio.IncompleteReadError):
            writer.close()
            return
        if not re.search(r"(?im)^connection: *upgrade", head):
            head = re.sub(r"(?im)^connection:.*\r\n", "", head)[:-2] + "Connection: close\r\n\r\n"
        far[1].write(head.encode("latin-1"))
        await relay((reader, writer), far)
