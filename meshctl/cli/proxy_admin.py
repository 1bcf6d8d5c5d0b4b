"""The admin APIs of the proxies that a command means: those of pods, or the one at an address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from meshctl.errors import UnreadableError, UsageError

if TYPE_CHECKING:
    from meshctl.kube import Cluster
    from meshctl.kube.pods import PodName
    from meshctl.proxyconfig.admin import Admin

AddressOption = Annotated[
    str, typer.Option("--address", metavar="HOST:PORT", help="An admin port that is reached directly instead.")
]
SelectorOption = Annotated[
    str, typer.Option("--selector", "-l", metavar="LABELS", help="All pods of the namespace with these labels instead.")
]

_METRICS_PORT = 15020
"""Where the agent beside the proxy serves the metrics of proxy and application together."""


def address_in(file: str, address: str) -> tuple[str, str]:
    """File and address, where a file may also be the URL of an admin port."""
    return ("", file) if file.startswith(("http://", "https://")) and not address else (file, address)


def one_source(pod: str, file: str, address: str) -> None:
    """Refuses to guess which of several sources is meant; with a file, the pod chooses a proxy in an archive."""
    if address and (pod or file):
        raise UsageError("--address excludes a pod and --file")
    if not (pod or file or address):
        raise UsageError("nothing says which proxy is meant", hint="name a pod, or use --file or --address")


def admin(pod: str, address: str, port: int) -> Admin:
    """The admin API at the address, or that of the pod. Raises a `MeshctlError`."""
    return admins(pod, address, "", port)[0][1]


def admins(pod: str, address: str, selector: str, port: int, *, metrics: bool = False) -> list[tuple[str, Admin]]:
    """The admin APIs that are meant, by name; with `metrics`, what is asked for is the pods' page of all metrics."""
    from meshctl.proxyconfig.admin import at_address

    if sum(map(bool, (pod, address, selector))) != 1:
        raise UsageError("one of a pod, --selector and --address says which proxy is meant")
    if address:
        return [(address, at_address(address))]
    from meshctl.cli.clusters import namespace, open_for_pods
    from meshctl.kube.pods import pods_of, selected

    cluster = open_for_pods()
    where = namespace(cluster)
    pods = selected(cluster, where, selector) if selector else pods_of(cluster, pod, where)
    if not pods:
        raise UnreadableError(f"no pod of namespace {where} has the labels {selector}")
    return [(str(one), forwarded(cluster, one, _METRICS_PORT if metrics else port, metrics)) for one in pods]


def forwarded(cluster: Cluster, pod: PodName, port: int, metrics: bool = False) -> Admin:
    """The admin API of a pod, by a port-forward."""
    http = cluster.pod_http(pod.namespace, pod.name, port)
    return lambda method, path: http.request(method, "/stats/prometheus" if metrics else f"/{path}")
