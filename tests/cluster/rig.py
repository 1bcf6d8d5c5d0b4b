"""One cluster: starts the programs with their files and flags, on loopback, in a directory that goes with it."""

from __future__ import annotations

import json
import socket
import tempfile
import time
from pathlib import Path

from tests.cluster import users
from tests.cluster.api import Api, eventually
from tests.cluster.audit import AuditLog
from tests.cluster.certificates import Authority, signing_key
from tests.cluster.istiod import StandInIstiod
from tests.cluster.network import EGRESS, PodNetwork
from tests.cluster.processes import Processes
from tests.cluster.programs import Programs
from tests.cluster.users import Users

SERVICES = "10.96.0.0/16"
PODS = "10.244.0.0/16"
NODE = "10.1.0.1"
"""Address ranges of the cluster; nothing is reachable there but by way of the PodNetwork."""

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
        self.directory = Path(tempfile.mkdtemp(prefix="meshctl-cluster-"))
        self._processes = Processes(self.directory)
        self._api_port, self._kubelet_port = _reserve(), _free_port()
        self.server = f"https://127.0.0.1:{self._api_port.getsockname()[1]}"
        self.authority = Authority("test cluster")
        self.users = Users()
        self.network = PodNetwork(self.directory / "egress.sock")
        self.network.serve(self._kubelet_port, self._kubelet_port)
        self.api = self.api_as("system:tests")
        try:
            self._write_files()
            self._start()
            self.istiod = StandInIstiod(self.network, self.api)
        except BaseException:
            self.close()
            raise
        self.startup = time.monotonic() - started

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def kubeconfig(self, user: str = "admin") -> Path:
        """The kubeconfig file of a user: `admin` or `restricted`."""
        return users.kubeconfig(self.directory / "kubeconfig", user)

    def api_as(self, user: str) -> Api:
        """The API as a user sees it."""
        return Api(self.server, self.authority.certificate, self.users.tokens[user])

    def audit(self) -> AuditLog:
        """What the API server is asked from now on."""
        return AuditLog(self.directory / "audit.log", self.api_as("admin"))

    def close(self) -> None:
        """Ends everything and removes the directory."""
        self._processes.close()
        if hasattr(self, "istiod"):
            self.istiod.close()
        self.network.close()
        self._api_port.close()

    def stop_api_server(self) -> None:
        """Kills the API server; connections to it are refused from now on."""
        self._processes.stop("kube-apiserver")

    def start_api_server(self) -> None:
        """Starts the API server again, on the same port and the same data, and waits until it answers."""
        self._run("kube-apiserver", self._api_server_flags())
        self._wait(lambda: self.api.request("GET", "/readyz"), "the API server")

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
        (d / "kwok.yaml").write_text(self._kwok())
        self.users.write_tokens(d / "tokens")
        self.users.write_kubeconfigs(d / "kubeconfig", self.server, self.authority.certificate)

    def _kwok(self) -> str:
        """What the kubelets do: the stages of pods and nodes, forwarded ports, and one log for all containers."""
        kinds = {
            "ClusterPortForward": {
                "forwards": [
                    {"ports": [port], "target": {"address": "127.0.0.1", "port": local}}
                    for port, local in self.network.listeners.items()
                ]
            },
            "ClusterLogs": {"logs": [{"logsFile": str(self.directory / "pod.log")}]},
        }
        documents = [
            json.dumps(
                {"apiVersion": "kwok.x-k8s.io/v1alpha1", "kind": kind, "metadata": {"name": "all"}, "spec": spec}
            )
            for kind, spec in kinds.items()
        ]
        return "\n---\n".join([(Path(__file__).parent / "stages.yaml").read_text(), *documents])

    def _start(self) -> None:
        d = self.directory
        self._run("etcd", [f"--data-dir={d}/etcd", "--unsafe-no-fsync", *_etcd_addresses(d)])
        self.start_api_server()
        client = ["--leader-elect=false", "--secure-port=0", "--kube-api-qps=500", "--kube-api-burst=1000"]
        self._run("kube-scheduler", [f"--kubeconfig={self.kubeconfig('system:kube-scheduler')}", *client])
        self._run(
            "kube-controller-manager",
            [
                f"--kubeconfig={self.kubeconfig('system:kube-controller-manager')}",
                f"--service-account-private-key-file={d}/accounts.key",
                f"--root-ca-file={d}/ca.crt",
                "--node-monitor-grace-period=24h",  # kwok says once that a node is ready
                *client,
            ],
        )
        self._run(
            "kwok",
            [
                f"--kubeconfig={self.kubeconfig('system:kwok')}",
                f"--config={d}/kwok.yaml",
                "--manage-all-nodes=true",
                f"--server-address=127.0.0.1:{self._kubelet_port}",
                f"--node-port={self._kubelet_port}",
                f"--node-ip={NODE}",
                f"--cidr={PODS}",
            ],
        )
        self.add_node("node-1")
        account = "/api/v1/namespaces/default/serviceaccounts/default"
        self._wait(lambda: self.api.exists(account), "the service account of the default namespace")
        self._wait(lambda: self._ready("node-1"), "the node")

    def add_node(self, name: str, labels: dict[str, str] | None = None, version: str = "v1.36.3") -> None:
        """Registers a node; kwok makes it ready."""
        metadata = {"name": name, "labels": labels or {}, "annotations": {"kubeletVersion": version}}
        metadata["labels"] = {"kubernetes.io/os": "linux", "kubernetes.io/hostname": name} | (labels or {})
        self.api.create("/api/v1/nodes", {"apiVersion": "v1", "kind": "Node", "metadata": metadata})

    def _ready(self, node: str) -> bool:
        conditions = self.api.get(f"/api/v1/nodes/{node}")["status"].get("conditions", [])
        return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)

    def _api_server_flags(self) -> list[str]:
        d = self.directory
        return [
            f"--etcd-servers=unix://{d}/etcd.sock",
            "--bind-address=127.0.0.1",
            f"--secure-port={self._api_port.getsockname()[1]}",
            "--permit-port-sharing=true",
            f"--advertise-address={NODE}",
            "--endpoint-reconciler-type=none",
            f"--cert-dir={d}",
            f"--tls-cert-file={d}/server.crt",
            f"--tls-private-key-file={d}/server.key",
            f"--token-auth-file={d}/tokens",
            "--authorization-mode=RBAC",
            "--allow-privileged=true",
            f"--service-cluster-ip-range={SERVICES}",
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
            f"--service-account-signing-key-file={d}/accounts.key",
            f"--service-account-key-file={d}/accounts.pub",
            "--enable-aggregator-routing=true",
            f"--egress-selector-config-file={d}/egress.yaml",
            f"--audit-policy-file={d}/audit.yaml",
            f"--audit-log-path={d}/audit.log",
        ]

    def _run(self, program: str, flags: list[str]) -> None:
        self._processes.start(program, [self._programs[program], *flags])

    def _wait(self, probe: object, what: str) -> None:
        assert callable(probe)

        def checked() -> object:
            self._processes.check()
            return probe()

        eventually(checked, what, seconds=60)


def _etcd_addresses(directory: Path) -> list[str]:
    """A Unix socket for the API server, and what etcd insists on for members and clients that never come."""
    return [
        f"--listen-client-urls=unix://{directory}/etcd.sock",
        "--advertise-client-urls=http://127.0.0.1:2379",
        "--listen-peer-urls=http://127.0.0.1:0",
    ]


def _reserve() -> socket.socket:
    """A bound socket that never listens: it keeps its port for programs that share it, while they start again too."""
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    reserved.bind(("127.0.0.1", 0))
    return reserved


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
