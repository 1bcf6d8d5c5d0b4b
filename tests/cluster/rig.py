"""One cluster: starts the programs on loopback, in a directory that goes with it."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import random
import socket
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.cluster import flags
from tests.cluster.api import Api, eventually
from tests.cluster.audit import AuditLog
from tests.cluster.certificates import Authority, signing_key
from tests.cluster.istiod import StandInIstiod
from tests.cluster.network import EGRESS, PodNetwork
from tests.cluster.processes import Processes
from tests.cluster.programs import KUBERNETES, Programs
from tests.cluster.users import Users

STAGES = Path(__file__).parent / "stages.yaml"

AUDIT_POLICY = """\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  users: [system:kube-controller-manager, system:kube-scheduler, system:kwok, system:tests, system:apiserver]
- level: Metadata
"""


class Cluster:
    """A running control plane with one node. Use it as a context manager, or call `close`."""

    def __init__(self, programs: Programs) -> None:
        started = time.monotonic()
        self._programs = programs
        self._closing = ExitStack()
        self.directory = Path(tempfile.mkdtemp(prefix="meshctl-cluster-"))
        self._processes = Processes(self.directory)
        self._closing.callback(self._processes.close)
        try:
            self._place = flags.Place(self.directory, self._reserve_port(), _free_port())
            self.server = f"https://127.0.0.1:{self._place.api_port}"
            self.authority = Authority("test cluster")
            self.users = Users()
            self.api = self.api_as("system:tests")
            self.network = PodNetwork(self.directory / "egress.sock")
            self._closing.callback(self.network.close)
            self.network.serve(self._place.kubelet_port, self._place.kubelet_port)
            self._write_files()
            self._start()
            self.istiod = StandInIstiod(self.network, self.api)
            self._closing.callback(self.istiod.close)
        except BaseException:
            self.close()
            raise
        self.startup = time.monotonic() - started

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends everything and removes the directory."""
        self._closing.close()

    def kubeconfig(self, user: str = "admin") -> Path:
        """The kubeconfig file of a user: `admin` or `restricted`."""
        return self._place.kubeconfig(user)

    def api_as(self, user: str) -> Api:
        """The API as a user sees it; `api` is for the tests themselves and not in the audit log."""
        return Api(self.server, self.authority.certificate, self.users.tokens[user])

    def audit(self) -> AuditLog:
        """What the API server is asked from now on."""
        return AuditLog(self.directory / "audit.log", self.api_as("admin"))

    def stop_api_server(self) -> None:
        """Kills the API server; connections to it are refused from now on."""
        self._processes.stop("kube-apiserver")

    def start_api_server(self) -> None:
        """Starts the API server, again on the same port and the same data, and waits until it answers."""
        self._run("kube-apiserver", flags.api_server(self._place))
        self._wait(lambda: self.api.request("GET", "/readyz"), "the API server")

    def stored(self, key: str) -> bytes:
        """What etcd holds at a key, such as `/registry/namespaces/default`."""
        return base64.b64decode(self._ask_etcd("range", {"key": key})["kvs"][0]["value"])

    def store(self, key: str, value: bytes) -> None:
        """Changes what etcd holds, which the API server should not see happen: stop it before."""
        self._ask_etcd("put", {"key": key, "value": value})

    def _ask_etcd(self, what: str, message: dict[str, str | bytes]) -> Any:
        """By the JSON form of its API, in which bytes are base64."""
        texts = {name: value.encode() if isinstance(value, str) else value for name, value in message.items()}
        body = json.dumps({name: base64.b64encode(value).decode() for name, value in texts.items()})
        connection = http.client.HTTPConnection("localhost", timeout=10)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(self.directory / "etcd.sock"))
        try:
            connection.request("POST", f"/v3/kv/{what}", body)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def add_node(self, name: str, labels: dict[str, str] | None = None, version: str = KUBERNETES) -> None:
        """Registers a node and waits until kwok has made it ready."""
        labels = {"kubernetes.io/os": "linux", "kubernetes.io/hostname": name} | (labels or {})
        metadata = {"name": name, "labels": labels, "annotations": {"test.meshctl/kubelet": version}}
        self.api.create("/api/v1/nodes", {"apiVersion": "v1", "kind": "Node", "metadata": metadata})
        self._wait(lambda: self._is_ready(name), "the node")

    def _is_ready(self, node: str) -> bool:
        conditions = self.api.get(f"/api/v1/nodes/{node}")["status"].get("conditions", [])
        return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)

    def _write_files(self) -> None:
        d = self.directory
        self.authority.issue("127.0.0.1", "localhost", "kubernetes.default.svc").write(d, "server")
        private, public = signing_key()
        (d / "ca.crt").write_text(self.authority.certificate)
        (d / "accounts.key").write_text(private)
        (d / "accounts.pub").write_text(public)
        (d / "audit.yaml").write_text(AUDIT_POLICY)
        (d / "egress.yaml").write_text(EGRESS.format(socket=self.network.path))
        (d / "pod.log").write_text("2026-01-01T00:00:00Z stdout F a line of a log\n")
        (d / "kwok.yaml").write_text("\n---\n".join([STAGES.read_text(), *self._kubelets()]))
        self.users.write_tokens(d / "tokens")
        self.users.write_kubeconfigs(d / "kubeconfig", self.server, self.authority.certificate)

    def _kubelets(self) -> list[str]:
        """What kubelets do besides running pods: they forward ports, and have one log for all containers."""
        listeners = self.network.listeners.items()
        forwards = [{"ports": [port], "target": {"address": "127.0.0.1", "port": local}} for port, local in listeners]
        kinds = {
            "ClusterPortForward": {"forwards": forwards},
            "ClusterLogs": {"logs": [{"logsFile": str(self.directory / "pod.log")}]},
        }
        version, metadata = "kwok.x-k8s.io/v1alpha1", {"name": "all"}
        return [
            json.dumps({"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec})
            for kind, spec in kinds.items()
        ]

    def _start(self) -> None:
        self._run("etcd", flags.etcd(self._place))
        self.start_api_server()
        self._run("kube-scheduler", flags.scheduler(self._place))
        self._run("kube-controller-manager", flags.controller_manager(self._place))
        self._run("kwok", flags.kwok(self._place))
        self.add_node("node-1")
        account = "/api/v1/namespaces/default/serviceaccounts/default"
        self._wait(lambda: self.api.exists(account), "the service account of the default namespace")

    def _run(self, program: str, arguments: list[str]) -> None:
        self._processes.start(program, [self._programs[program], *arguments])

    def _wait(self, probe: Callable[[], object], what: str) -> None:
        def checked() -> object:
            self._processes.check()
            return probe()

        eventually(checked, what)

    def _reserve_port(self) -> int:
        """A port bound by a socket that never listens: it stays ours while the API server is down or starts again."""
        reserved = self._closing.enter_context(socket.socket())
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind(("127.0.0.1", 0))
        return int(reserved.getsockname()[1])


def _free_port() -> int:
    """For kwok, which cannot share a port: below those that the system gives to connections, which may be many."""
    while True:
        port = random.randint(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
