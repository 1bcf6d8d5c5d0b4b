"""`meshctl experimental check-inject`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Annotated

import typer

from meshctl.cli import clusters
from meshctl.cli.durations import check_duration
from meshctl.cli.options import ColorOption, NamespaceOption
from meshctl.cli.values import WORKLOADS, OneOf
from meshctl.errors import UNREADABLE, MeshctlError, UsageError

if TYPE_CHECKING:
    from meshctl.diagnose.check_inject import Row
    from meshctl.inject.configuration import Request
    from meshctl.inject.decision import Policy
    from meshctl.kube import Cluster
    from meshctl.output.terminal import Paint
    from meshctl.sources.files import Reading


def check_inject(
    workload: Annotated[
        str,
        typer.Argument(
            metavar="[[TYPE/]NAME[.NAMESPACE]]", click_type=WORKLOADS, help="A workload; all of them without."
        ),
    ] = "",
    filename: Annotated[
        list[str] | None,
        typer.Option(
            "--filename",
            "-f",
            metavar="FILE|DIRECTORY|-",
            help="Workloads, namespaces and webhook configurations instead of the cluster; may be repeated.",
        ),
    ] = None,
    labels: Annotated[
        str, typer.Option("--labels", "-l", metavar="KEY=VALUE,...", help="Ask about a pod with these labels.")
    ] = "",
    inject_config_file: Annotated[
        str, typer.Option("--injectConfigFile", metavar="FILE", help="The injector's configuration.")
    ] = "",
    output: Annotated[
        str,
        typer.Option("--output", "-o", metavar="FORMAT", click_type=OneOf(("table", "json")), help="table or json."),
    ] = "table",
    namespace: NamespaceOption = "",
    timeout: Annotated[
        str, typer.Option("--timeout", metavar="DURATION", help="Time for all questions to a cluster.")
    ] = "30s",
    color: ColorOption = None,
) -> int:
    """Tell which rule decides whether a pod gets a sidecar.

    A webhook looks at the labels of the pod and of its namespace; the injector behind it at the whole pod. Both have to
    agree. Without files the cluster is asked; files without webhook configurations are judged by the injector's rules
    alone.

    Examples:

      meshctl experimental check-inject deployment/reviews.shop

      meshctl experimental check-inject -f manifests/
    """
    from meshctl import sources
    from meshctl.inject.configuration import Request, load
    from meshctl.model.kinds.mutating_webhook_configuration import MUTATING_WEBHOOK_CONFIGURATION
    from meshctl.model.kinds.namespace import NAMESPACE
    from meshctl.model.workloads import WORKLOAD_KINDS
    from meshctl.output.terminal import Paint

    if workload and labels:
        raise UsageError("a workload and --labels exclude each other")
    request = Request(config_file=inject_config_file, istio_namespace=clusters.istio_namespace())
    if filename:
        reading = sources.read(filename, namespace="default")
        policy = load(request).config.policy
        found = _found(reading, lambda _: policy, workload, labels, namespace, is_whole=False)
    else:
        from meshctl.sources.cluster import read_cluster

        with clusters.open_cluster(check_duration(timeout, "--timeout")) as cluster:
            namespace = namespace or cluster.namespace
            reading = read_cluster(
                cluster,
                (MUTATING_WEBHOOK_CONFIGURATION, NAMESPACE, *WORKLOAD_KINDS),
                namespace=workload.rpartition("/")[2].rpartition(".")[2] if "." in workload else namespace,
                istio_namespace=request.istio_namespace,
                everywhere=False,
            )
            found = _found(reading, _policies(request, cluster), workload, labels, namespace, is_whole=True)
    for message in reading.messages:
        if message.type.unreadable:
            print(f"{message}", file=sys.stderr)
    if not found:
        print("there is no such workload" if workload else "there are no workloads", file=sys.stderr)
        return UNREADABLE
    if output == "json":
        import json
        from dataclasses import asdict

        print(json.dumps([asdict(row) for row in found], indent=2))
    else:
        _print(found, Paint(sys.stdout, color))
    times = Counter(row.workload for row in found if row.injected)
    for name in sorted(name for name, count in times.items() if count > 1):
        print(f"{name}: several webhooks would inject it", file=sys.stderr)
    return UNREADABLE if reading.unreadable else 0


def _found(
    reading: Reading, policies: Callable[[str], Policy], workload: str, labels: str, namespace: str, *, is_whole: bool
) -> list[Row]:
    """The rows of what is asked about: labels, a workload, or all."""
    from meshctl.diagnose.check_inject import Subject, rows, subjects
    from meshctl.model.snapshot import Snapshot

    mesh = Snapshot(reading.resources)
    asked = (
        [Subject("Pod", namespace or "default", {"metadata": {"labels": _pairs(labels)}})]
        if labels
        else subjects(mesh, workload, namespace)
    )
    return [row for subject in asked for row in rows(mesh, subject, policies, is_whole=is_whole)]


def _policies(request: Request, cluster: Cluster) -> Callable[[str], Policy]:
    """What the injector of each revision is told; the usual, with a remark, where that cannot be read."""
    from dataclasses import replace

    from meshctl.inject.configuration import injector_config, load
    from meshctl.inject.decision import Policy
    from meshctl.inject.live import LiveConfiguration

    if request.config_file:
        given = load(request).config.policy
        return lambda _: given

    @cache
    def policy(revision: str) -> Policy:
        try:
            return injector_config(replace(request, revision=revision), LiveConfiguration(cluster)).policy
        except MeshctlError as error:
            print(f"warning: {error.message}: the usual settings are taken", file=sys.stderr)
            return Policy()

    return policy


def _pairs(text: str) -> dict[str, str]:
    found = {}
    for pair in text.split(","):
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise UsageError(f"--labels cannot be {text!r}", hint="write KEY=VALUE, with commas between several")
        found[key.strip()] = value.removeprefix("=").strip()
    return found


def _print(found: list[Row], paint: Paint) -> None:
    """A table; colours take no width."""
    cells = [("WORKLOAD", "WEBHOOK", "REVISION", "INJECTED", "RULE", "REASON")]
    cells += [
        (row.workload, row.webhook, row.revision, "✔" if row.injected else "✘", row.rule, row.reason) for row in found
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for number, line in enumerate(cells):
        padded = [cell.ljust(width) for cell, width in zip(line[:-1], widths, strict=False)]
        if number:
            padded[3] = paint(padded[3], "green" if found[number - 1].injected else "red")
        print("  ".join([*padded, line[-1]]))
