"""`meshctl verify-install`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from meshctl.cli.clusters import istio_namespace, open_cluster
from meshctl.cli.durations import check_duration
from meshctl.cli.installing import ManifestsOption, RevisionOption, SetOption
from meshctl.cli.options import ColorOption
from meshctl.cli.values import OneOf

_ONCE = "1m"
_WAITING = "5m"


def verify_install(
    filename: Annotated[
        list[str] | None,
        typer.Option(
            "--filename",
            "-f",
            metavar="FILE|-",
            help="IstioOperator, or manifests as they were applied; may be repeated.",
        ),
    ] = None,
    sets: SetOption = None,
    manifests: ManifestsOption = "",
    revision: RevisionOption = "",
    wait: Annotated[
        bool, typer.Option("--wait", help="Check again until nothing is off, or the time is over.")
    ] = False,
    timeout: Annotated[
        str,
        typer.Option("--timeout", metavar="DURATION", help=f"Time for everything; {_ONCE}, with --wait {_WAITING}."),
    ] = "",
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FORMAT",
            click_type=OneOf(("table", "json", "junit")),
            help="table, json or junit.",
        ),
    ] = "table",
    color: ColorOption = None,
) -> int:
    """Verify that an installation is as it should be, and works; whichever tool installed it.

    Compares every object with the rendered one, and looks at workloads, webhooks, certificates and versions. Without
    files and settings, every control plane in the namespace is verified by the values that it recorded.

    Exit codes: 79 when something is off, 65 when something could not be checked and nothing is off, else 0.

    Examples:

      meshctl verify-install

      meshctl verify-install -f operator.yaml --wait -o junit
    """
    from meshctl.output import verification
    from meshctl.output.terminal import Paint
    from meshctl.verify.checks import exit_code
    from meshctl.verify.verification import Request, verify

    seconds = check_duration(timeout or (_WAITING if wait else _ONCE), "--timeout")
    request = Request(istio_namespace(), filename or (), sets or (), revision, manifests)
    with open_cluster(seconds) as cluster:
        found = verify(cluster, request, wait=wait)
    if output == "json":
        from meshctl.documents import write_json

        print(write_json(verification.as_data(found), indent=2))
    elif output == "junit":
        print(verification.as_junit(found), end="")
    else:
        for line in verification.as_table(found, Paint(sys.stdout, color)):
            print(line)
    return exit_code(found.checks)
