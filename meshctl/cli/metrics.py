"""`meshctl experimental metrics`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from meshctl.cli.clusters import istio_namespace, namespace, open_cluster
from meshctl.cli.durations import check_duration
from meshctl.cli.options import TimeoutOption
from meshctl.cli.proxy_config import note
from meshctl.cli.values import WORKLOADS, OneOf
from meshctl.durations import nanoseconds
from meshctl.errors import UNREADABLE, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from meshctl.diagnose.workload_metrics import Metrics, WorkloadName

_SHORTEST = 1_000_000


def metrics(
    workloads: Annotated[
        list[str] | None,
        typer.Argument(metavar="[TYPE/]NAME[.NAMESPACE]...", click_type=WORKLOADS, help="Workloads."),
    ] = None,
    duration: Annotated[
        str, typer.Option("--duration", "-d", metavar="DURATION", help="How long ago the measurement begins.")
    ] = "1m",
    prometheus_url: Annotated[
        str, typer.Option("--prometheus-url", metavar="URL", help="Where Prometheus is, instead of in the cluster.")
    ] = "",
    exact: Annotated[
        bool, typer.Option("--exact", help="Take names as a whole; else they are beginnings of names, as in istioctl.")
    ] = False,
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FORMAT", click_type=OneOf(("short", "json", "yaml")), help="short, json or yaml."
        ),
    ] = "short",
    timeout: TimeoutOption = "30s",
) -> int:
    """Show what Prometheus measured of workloads: requests and errors in a second, and latencies.

    Prometheus is the pod with the label app.kubernetes.io/name=prometheus in the namespace of the control plane.

    Examples:

      meshctl experimental metrics productpage-v1.shop reviews-v1.shop

      meshctl x metrics deployment/web -n shop -d 5m --prometheus-url http://localhost:9090 -o json
    """
    from meshctl.diagnose.workload_metrics import duration_text, measure

    if not workloads:
        raise UsageError("metrics needs a workload", hint="write NAME.NAMESPACE, such as productpage-v1.shop")
    length = nanoseconds(duration)
    if length is None or length < _SHORTEST:
        raise UsageError(f"--duration cannot be {duration!r}", hint="write a time such as 1m or 30s")
    seconds = check_duration(timeout, "--timeout")
    over = duration_text(length)
    if prometheus_url:
        from meshctl.diagnose.prometheus import at_url

        get = at_url(prometheus_url, seconds)
        found = [measure(get, name, over, exact=exact) for name in _names(workloads, namespace())]
    else:
        from meshctl.diagnose.prometheus import in_cluster

        with open_cluster(seconds) as cluster:
            names = _names(workloads, namespace(cluster))
            get = in_cluster(cluster, istio_namespace())
            found = cluster.each(lambda name: measure(get, name, over, exact=exact), names)
    _show(found, output)
    for one in found:
        if not one.measured:
            note(f"Prometheus knows of no requests to {one.workload} in the last {over}")
        for title, problem in one.problems.items():
            note(f"{one.workload}: the query of {title} failed: {problem}")
    return UNREADABLE if any(one.problems for one in found) else 0


def _names(workloads: Sequence[str], where: str) -> list[WorkloadName]:
    """The workloads, each once. Raises `UsageError`."""
    from meshctl.diagnose.workload_metrics import WorkloadName

    names = list(dict.fromkeys(WorkloadName.parse(one, where) for one in workloads))
    if any(not name.name or not name.namespace for name in names):
        raise UsageError("a workload has no name", hint="write NAME.NAMESPACE, such as productpage-v1.shop")
    return names


def _show(found: Sequence[Metrics], form: str) -> None:
    from meshctl.output.workload_metrics import as_data, lines

    if form == "short":
        print("\n".join(lines(found)))
        return
    from meshctl.documents import write_json, write_yaml

    data = as_data(found)
    print(write_json(data, indent=2) if form == "json" else write_yaml(data).rstrip("\n"))
