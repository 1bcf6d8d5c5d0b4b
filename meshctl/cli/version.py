"""`meshctl version`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from meshctl.cli.clusters import istio_namespace, open_cluster
from meshctl.cli.durations import check_duration
from meshctl.cli.options import TimeoutOption
from meshctl.cli.values import REVISIONS, OneOf

if TYPE_CHECKING:
    from meshctl.model.versions import Versions

_TIMEOUT = "10s"
"""Time for everything together: a version must not hang where there is no cluster."""


def version(
    remote: Annotated[
        bool, typer.Option("--remote/--no-remote", help="Also ask the control plane of the cluster. On by default.")
    ] = True,
    short: Annotated[
        bool, typer.Option("--short/--no-short", "-s", help="Print the numbers only; --short=false tells more.")
    ] = True,
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FORMAT", click_type=OneOf(("json", "yaml"), optional=True), help="json or yaml."
        ),
    ] = "",
    revision: Annotated[
        str, typer.Option("--revision", "-r", metavar="NAME", click_type=REVISIONS, help="Ask this control plane only.")
    ] = "",
    timeout: TimeoutOption = _TIMEOUT,
) -> int:
    """Print the versions of meshctl, of the control planes and of the proxies connected to them.

    Without a cluster the version of meshctl is printed, and one line on the standard error says why.

    Examples:

      meshctl version

      meshctl version --remote=false -o json
    """
    from meshctl import __version__
    from meshctl.model.versions import BuildInfo
    from meshctl.output.versions import as_data, as_lines

    found = _remote(revision, check_duration(timeout, "--timeout")) if remote else None
    client = BuildInfo(__version__, tag=__version__)
    if output:
        from meshctl.documents import write_json, write_yaml

        data = as_data(client, found)
        print(write_json(data, indent=2) if output == "json" else write_yaml(data).rstrip("\n"))
    else:
        for line in as_lines(client, found, short=short):
            print(line)
    return 0


def _remote(revision: str, seconds: float) -> Versions | None:
    """What runs in the cluster; None, and a line on the standard error, when nothing can be read."""
    from meshctl.kube import ClusterError
    from meshctl.sources.versions import read_versions

    namespace = istio_namespace()
    try:
        with open_cluster(seconds) as cluster:
            found = read_versions(cluster, namespace, revision)
    except ClusterError as error:
        print(f"meshctl: no version of a control plane: {error.message}", file=sys.stderr)
        return None
    if not found.control_planes and not found.unread:
        of_revision = f" of revision {revision}" if revision else ""
        print(f"meshctl: no istiod{of_revision} is ready in namespace {namespace}", file=sys.stderr)
        return None
    for line in found.unread:
        print(f"meshctl: {line}", file=sys.stderr)
    return found
