"""The network of the pods, which do not exist: the tests answer what the API server and port-forwards want to reach.

A webhook names a Service. With `--enable-aggregator-routing` the API server picks a ready pod of that Service, as
kube-proxy would, and by its egress configuration asks a proxy for the connection: this one, on a Unix socket. The
kubelet's connections (port-forward, logs) come this way too and go on to kwok, which passes a forwarded port to a
listener of ours. Who answers is decided by the port alone, so 15017 of any pod is the stand-in istiod.

Nothing of it needs root, an address on the loopback device or a Service of a special form, and a Service without a
ready pod fails as it does in a real cluster.
"""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections import defaultdict
from pathlib import Path

from tests.cluster.relay import Loop, relay

FORWARDED = (8080, 9090, 9876, 15000, 15010, 15012, 15014, 15017, 15020, 15021)
"""The ports of pods that kwok passes on; it wants to know them when it starts."""

EGRESS = """\
apiVersion: apiserver.k8s.io/v1beta1
kind: EgressSelectorConfiguration
egressSelections:
- name: cluster
  connection:
    proxyProtocol: HTTPConnect
    transport: {{uds: {{udsName: {socket}}}}}
"""


class PodNetwork:
    """Passes connections on to whoever serves a port; `refused` keeps the targets that nobody serves."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.listeners: dict[int, int] = {}
        self.refused: list[str] = []
        self._served: dict[int, int] = {}
        self._open: defaultdict[int, set[StreamWriter]] = defaultdict(set)
        self._loop = Loop("pod network")
        self._loop.run(self._listen())

    def serve(self, port: int, local: int) -> None:
        """From now on `port` of every pod is the port `local` of the loopback address; connections to it are cut."""
        self._served[port] = local
        self._loop.soon(lambda: self._cut(port))

    def withdraw(self, port: int) -> None:
        """From now on nobody serves `port`, as when a process in a pod hangs up."""
        self._served.pop(port, None)
        self._loop.soon(lambda: self._cut(port))

    def _cut(self, port: int) -> None:
        for writer in tuple(self._open[port]):
            writer.close()

    def close(self) -> None:
        """Cuts all connections."""
        self._loop.close()

    async def _listen(self) -> None:
        await asyncio.start_unix_server(self._proxy, str(self.path))
        for port in FORWARDED:

            async def forward(reader: StreamReader, writer: StreamWriter, port: int = port) -> None:
                await self._pass_on(reader, writer, port, b"", b"")

            server = await asyncio.start_server(forward, "127.0.0.1", 0)
            self.listeners[port] = server.sockets[0].getsockname()[1]

    async def _proxy(self, reader: StreamReader, writer: StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        target = head.split(" ", 2)[1]
        port = int(target.rpartition(":")[2])
        if port not in self._served:
            self.refused.append(target)
        await self._pass_on(reader, writer, port, b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 502 refused\r\n\r\n")

    async def _pass_on(self, reader: StreamReader, writer: StreamWriter, port: int, yes: bytes, no: bytes) -> None:
        try:
            far = await asyncio.open_connection("127.0.0.1", self._served.get(port, 0))
        except OSError:
            writer.write(no)
            writer.close()
            return
        self._open[port].add(far[1])
        writer.write(yes)
        await relay((reader, writer), far)
        self._open[port].discard(far[1])
