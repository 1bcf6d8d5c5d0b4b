"""`meshctl experimental describe`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from meshctl.cli.clusters import istio_namespace, namespace, open_cluster
from meshctl.cli.durations import check_duration
from meshctl.cli.options import TimeoutOption
from meshctl.cli.proxy_config import note
from meshctl.cli.proxy_pages import ADMIN_PORT, AdminPortOption, page
from meshctl.cli.values import FILES, PODS, SERVICES, OneOf
from meshctl.errors import UNREADABLE, MeshctlError, UsageError

if TYPE_CHECKING:
    from meshctl.diagnose.describe.describing import PodDescription, ServiceDescription
    from meshctl.model.snapshot import Snapshot
    from meshctl.proxyconfig.dump import ConfigDump

_TIMEOUT = "30s"

FilesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--filename",
        "-f",
        metavar="FILE|DIRECTORY|-",
        click_type=FILES,
        help="Manifests that are described instead of the cluster; may be repeated.",
    ),
]
DumpOption = Annotated[
    str,
    typer.Option(
        "--dump",
        metavar="FILE",
        click_type=FILES,
        help="With -f, or alone: the config dump of the pod's proxy, saved, in a bug report, or http://HOST:PORT.",
    ),
]
IgnoreOption = Annotated[
    bool, typer.Option("--ignoreUnmeshed", help="Leave out warnings about pods that are not in the mesh.")
]
OutputOption = Annotated[
    str,
    typer.Option(
        "--output", "-o", metavar="FORMAT", click_type=OneOf(("short", "json", "yaml")), help="short, json or yaml."
    ),
]


def describe_pod(
    pod: Annotated[str, typer.Argument(metavar="[TYPE/]NAME[.NAMESPACE]", click_type=PODS, help="The pod.")],
    filename: FilesOption = None,
    dump: DumpOption = "",
    output: OutputOption = "short",
    ignore_unmeshed: IgnoreOption = False,
    proxy_admin_port: AdminPortOption = ADMIN_PORT,
    timeout: TimeoutOption = _TIMEOUT,
) -> int:
    """Describe a pod: its services, routes, policies, mutual TLS and gateways.

    What its proxy is configured with is asked of the proxy, or read from a saved dump. Without either it follows from
    the objects, as a line says.

    Examples:

      meshctl experimental describe pod reviews-v1-abc.shop

      meshctl x describe pod reviews-v1 -f manifests/ --dump dump.json -o json
    """
    from meshctl.diagnose.describe.describing import describe_pod as describe
    from meshctl.output.description import pod_lines

    code = 0
    if filename or dump:
        from meshctl.diagnose.describe import saved

        where = namespace()
        mesh, read, code = _saved(filename or (), dump, where, pod)
        subject = saved.find_pod(mesh, pod, where)
        around = saved.surroundings(mesh, read, [subject])
    else:
        from meshctl.diagnose.describe.reading import Reader, read_pod

        with open_cluster(check_duration(timeout, "--timeout")) as cluster:
            where = namespace(cluster)
            subject = read_pod(cluster, pod, where)
            reader = Reader(cluster, istio_namespace(), proxy_admin_port)
            around = reader.surroundings(subject.namespace, [subject])
    found = describe(around, subject, ignore_unmeshed=ignore_unmeshed)
    _show(found, pod_lines(found, where, ignore_unmeshed=ignore_unmeshed), output)
    return code


def describe_service(
    service: Annotated[str, typer.Argument(metavar="NAME[.NAMESPACE]", click_type=SERVICES, help="The service.")],
    filename: FilesOption = None,
    dump: DumpOption = "",
    output: OutputOption = "short",
    ignore_unmeshed: IgnoreOption = False,
    proxy_admin_port: AdminPortOption = ADMIN_PORT,
    timeout: TimeoutOption = _TIMEOUT,
) -> int:
    """Describe a service: its ports, and the routes, policies and gateways that lead to its pods.

    Examples:

      meshctl experimental describe service reviews.shop

      meshctl experimental describe service reviews -n shop -f manifests/ -o yaml
    """
    from meshctl.diagnose.describe.describing import describe_service as describe
    from meshctl.output.description import service_lines

    code = 0
    if filename or dump:
        from meshctl.diagnose.describe import saved

        if not filename:
            raise UsageError("--dump alone does not hold services", hint="name the manifests with -f too")
        where = namespace()
        mesh, read, code = _saved(filename, dump, where)
        subject = saved.find_service(mesh, service, where)
        pods = saved.pods_of(mesh, subject)
        around = saved.surroundings(mesh, read, pods)
    else:
        from meshctl.diagnose.describe.reading import Reader, read_service

        with open_cluster(check_duration(timeout, "--timeout")) as cluster:
            where = namespace(cluster)
            subject, found_pods = read_service(cluster, service, where)
            pods = list(found_pods)
            reader = Reader(cluster, istio_namespace(), proxy_admin_port)
            around = reader.surroundings(subject.namespace, pods, subject)
    found = describe(around, subject, pods, ignore_unmeshed=ignore_unmeshed)
    _show(found, service_lines(found, where), output)
    return code


def _saved(files: Sequence[str], dump: str, where: str, pod: str = "") -> tuple[Snapshot, ConfigDump | None, int]:
    """The objects of files, with the pod that a dump is from; the dump; and the exit code as far as reading goes."""
    from meshctl import sources
    from meshctl.diagnose.describe.saved import with_pod_of
    from meshctl.model.snapshot import Snapshot
    from meshctl.proxyconfig.dump import read

    reading = sources.read(files, namespace=where)
    unread = [message for message in reading.messages if message.type.unreadable]
    for message in unread:
        print(message, file=sys.stderr)
    found = read(_content(dump, pod.rpartition("/")[2])) if dump else None
    return Snapshot(with_pod_of(found, reading.resources)), found, UNREADABLE if unread else 0


def _content(dump: str, pod: str) -> bytes:
    """A saved dump; an archive with those of several proxies has it under the name of the pod."""
    try:
        return page("", dump, "config_dump")
    except MeshctlError as error:
        try:
            return page(pod, dump, "config_dump")
        except MeshctlError:
            raise error from None


def _show(found: PodDescription | ServiceDescription, lines: Iterator[str], form: str) -> None:
    if form == "short":
        print("\n".join(lines))
        for line in found.notes:
            note(line)
        return
    from meshctl.documents import write_json, write_yaml
    from meshctl.output.description import as_data

    data = as_data(found)
    print(write_json(data, indent=2) if form == "json" else write_yaml(data).rstrip("\n"))
