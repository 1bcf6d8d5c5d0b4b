"""`meshctl experimental precheck`."""

from __future__ import annotations

import re
import sys
from typing import Annotated

import typer

from meshctl.cli.clusters import istio_namespace, open_cluster
from meshctl.cli.durations import check_duration
from meshctl.cli.options import ColorOption, TimeoutOption
from meshctl.cli.values import REVISIONS, OneOf
from meshctl.errors import FINDING, UNREADABLE, UsageError

_RELEASE = re.compile(r"1\.(\d+)(?:\.\d+)?")


def precheck(
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FORMAT", click_type=OneOf(("log", "json", "yaml")), help="log, json or yaml."
        ),
    ] = "log",
    output_threshold: Annotated[
        str,
        typer.Option(
            "--output-threshold",
            metavar="LEVEL",
            click_type=OneOf(("info", "warning", "error")),
            help="Least level that counts: info, warning, error.",
        ),
    ] = "warning",
    from_version: Annotated[
        str, typer.Option("--from-version", "-f", metavar="1.N", help="Release of Istio that is installed now.")
    ] = "",
    skip_controlplane: Annotated[
        bool, typer.Option("--skip-controlplane", help="Leave out what only matters to a control plane.")
    ] = False,
    revision: Annotated[
        str,
        typer.Option(
            "--revision",
            "-r",
            metavar="NAME",
            click_type=REVISIONS,
            help="Revision to upgrade from, unless --from-version tells.",
        ),
    ] = "",
    timeout: TimeoutOption = "1m",
    color: ColorOption = None,
) -> int:
    """Check whether Istio can be installed in a cluster, or upgraded; nothing is changed.

    Exit codes: 79 when there is something at or above the threshold, 65 when a check was not possible, else 0.

    Examples:

      meshctl experimental precheck

      meshctl x precheck --from-version 1.21 -o json
    """
    from meshctl.diagnose.precheck import precheck as check
    from meshctl.messages import Level
    from meshctl.output.messages import render
    from meshctl.output.terminal import Paint

    threshold = Level.parse(output_threshold)
    assert threshold is not None, "these are the names of all levels"
    with open_cluster(check_duration(timeout, "--timeout")) as cluster:
        found = check(cluster, istio_namespace(), from_minor=_minor(from_version), control_plane=not skip_controlplane)
    messages = [message for message in found.messages if message.level <= threshold]
    sys.stdout.write(render(messages, output, Paint(sys.stdout, color)))
    if found.unread:
        print(f"not checked, as the user may not read them: {', '.join(found.unread)}", file=sys.stderr)
    if messages:
        return FINDING
    if found.unread:
        return UNREADABLE
    mark = Paint(sys.stderr, color)("✔", "green")
    print(f"{mark} Nothing stands in the way of an installation or upgrade of Istio.", file=sys.stderr)
    return 0


def _minor(text: str) -> int | None:
    if not text:
        return None
    found = _RELEASE.fullmatch(text)
    if found is None:
        raise UsageError(f"--from-version cannot be {text!r}", hint="write a release such as 1.21")
    return int(found.group(1))
