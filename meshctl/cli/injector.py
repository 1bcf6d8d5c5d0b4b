"""`meshctl experimental injector list`."""

from __future__ import annotations

from typing import Annotated

import typer

from meshctl.cli.clusters import chosen_namespace, istio_namespace, open_cluster
from meshctl.cli.durations import check_duration
from meshctl.cli.options import TimeoutOption
from meshctl.cli.values import OneOf

_TIMEOUT = "1m"


def injector_list(
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FORMAT", click_type=OneOf(("table", "json", "yaml")), help="table, json or yaml."
        ),
    ] = "table",
    timeout: TimeoutOption = _TIMEOUT,
) -> int:
    """List namespaces with their injector and the revisions of their pods, and injectors with their namespaces.

    Pods that need a restart run another revision than the one that injects there now, or none.

    Examples:

      meshctl experimental injector list

      meshctl x injector list -n shop -o json
    """
    from meshctl.diagnose.injectors import read_injection
    from meshctl.documents import write_json, write_yaml
    from meshctl.output.injection import as_data, as_tables

    with open_cluster(check_duration(timeout, "--timeout")) as cluster:
        found = read_injection(cluster, istio_namespace(), chosen_namespace())
    if output == "table":
        for line in as_tables(found):
            print(line)
    elif output == "json":
        print(write_json(as_data(found), indent=2))
    else:
        print(write_yaml(as_data(found)), end="")
    return 0
