"""The network of the pods, which do not exist: what the API server wants to reach is served by the tests instead.

Webhooks name a Service. With `--enable-aggregator-routing` the API server picks a ready pod of it, as kube-proxy would,
and with an egress selector it asks a proxy for the connection: this one, over a Unix socket. It looks at the port only
(15017 of any pod is the stand-in istiod), so nothing needs root, an address, or a Service of a special form; a Service
without a ready pod fails as it does in a real cluster. The kubelet's port leads to kwok.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import socketserver
import threading
from pathlib import Path

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
    """A proxy for HTTP CONNECT on a Unix socket; `ports` says who answers for which port of any pod."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ports: dict[int, tuple[str, int]] = {}
        self.refused: list[str] = []
        network = self

        class Handler(socketserver.StreamRequestHandler):
            rbufsize = 0  # what follows the request belongs to the connection

            def handle(self) -> None:
                request = self.rfile.readline().decode("latin-1")
                while self.rfile.readline().strip():
                    pass  # headers, up to the empty line
                network.connect(self.connection, request)

        class Server(socketserver.ThreadingUnixStreamServer):
            daemon_threads = True
            request_queue_size = 64

        self._server = Server(str(path), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def connect(self, client: socket.socket, request: str) -> None:
        """Serves one connection to its end."""
        target = request.split(" ")[1] if request.startswith("CONNECT ") else ""
        address = self.ports.get(int(target.rpartition(":")[2] or 0))
        try:
            if address is None:
                raise ConnectionRefusedError(target)
            server = socket.create_connection(address)
        except OSError:
            self.refused.append(target)
            client.sendall(b"HTTP/1.1 502 connection refused\r\n\r\n")
            return
        with server, contextlib.suppress(OSError):
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            _relay(client, server)

    def close(self) -> None:
        """Takes no more connections."""
        self._server.shutdown()
        self._server.server_close()


def _relay(left: socket.socket, right: socket.socket) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(left, selectors.EVENT_READ, right)
        selector.register(right, selectors.EVENT_READ, left)
        while True:
            for key, _ in selector.select():
                assert isinstance(key.fileobj, socket.socket)
                data = key.fileobj.recv(65536)
                if not data:
                    return
                key.data.sendall(data)
