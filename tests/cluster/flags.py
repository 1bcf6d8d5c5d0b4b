"""How each program of the control plane is told to run on loopback, from the files in the cluster's directory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.cluster.users import kubeconfig

SERVICES = "10.96.0.0/16"
PODS = "10.244.0.0/16"
NODE = "10.1.0.1"
"""Addresses of the cluster; nothing is reachable there but by way of the PodNetwork."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cluster lives."""

    directory: Path
    api_port: int
    kubelet_port: int

    def kubeconfig(self, user: str) -> Path:
        """The kubeconfig file of a user."""
        return kubeconfig(self.directory / "kubeconfig", user)


def etcd(place: Place) -> list[str]:
    """Clients come by a Unix socket; etcd insists on addresses for members and clients that never come."""
    return [
        f"--data-dir={place.directory}/etcd",
        "--unsafe-no-fsync",
        f"--listen-client-urls=unix://{place.directory}/etcd.sock",
        "--advertise-client-urls=http://127.0.0.1:2379",
        "--listen-peer-urls=http://127.0.0.1:0",
    ]


def api_server(place: Place) -> list[str]:
    """Port sharing lets the rig keep the port while the API server is down."""
    d = place.directory
    return [
        f"--etcd-servers=unix://{d}/etcd.sock",
        "--bind-address=127.0.0.1",
        f"--secure-port={place.api_port}",
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


def scheduler(place: Place) -> list[str]:
    """No leader is elected, as there is only one."""
    return [f"--kubeconfig={place.kubeconfig('system:kube-scheduler')}", *_CLIENT]


def controller_manager(place: Place) -> list[str]:
    """All controllers, as one of them may be what a test waits for."""
    d = place.directory
    return [
        f"--kubeconfig={place.kubeconfig('system:kube-controller-manager')}",
        f"--service-account-private-key-file={d}/accounts.key",
        f"--root-ca-file={d}/ca.crt",
        "--node-monitor-grace-period=24h",  # kwok says once that a node is ready
        *_CLIENT,
    ]


def kwok(place: Place) -> list[str]:
    """Its server is the kubelet of every node."""
    return [
        f"--kubeconfig={place.kubeconfig('system:kwok')}",
        f"--config={place.directory}/kwok.yaml",
        "--manage-all-nodes=true",
        f"--server-address=127.0.0.1:{place.kubelet_port}",
        f"--node-port={place.kubelet_port}",
        f"--node-ip={NODE}",
        f"--cidr={PODS}",
    ]


_CLIENT = ["--leader-elect=false", "--secure-port=0", "--kube-api-qps=500", "--kube-api-burst=1000"]
