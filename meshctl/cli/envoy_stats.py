"""`meshctl experimental envoy-stats`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from meshctl.cli.proxy_admin import AddressOption, SelectorOption, admins
from meshctl.cli.proxy_pages import ADMIN_PORT, AdminPortOption, TargetArgument
from meshctl.cli.proxy_pods import ask_all
from meshctl.cli.values import OneOf
from meshctl.errors import UsageError

_PAGES = {
    ("server", "short"): "stats",
    ("server", "json"): "stats?format=json",
    ("server", "yaml"): "stats?format=json",
    ("server", "prom"): "stats/prometheus",
    ("server", "prom-merged"): "stats/prometheus",
    ("clusters", "short"): "clusters",
    ("clusters", "json"): "clusters?format=json",
    ("clusters", "yaml"): "clusters?format=json",
}


def envoy_stats(
    pod: TargetArgument = "",
    address: AddressOption = "",
    selector: SelectorOption = "",
    type_: Annotated[
        str,
        typer.Option(
            "--type",
            "-t",
            metavar="TYPE",
            click_type=OneOf(("server", "cluster", "clusters")),
            help="server or clusters.",
        ),
    ] = "server",
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FORMAT",
            click_type=OneOf(("short", "json", "yaml", "prom", "prom-merged")),
            help="short, json, yaml, prom or prom-merged.",
        ),
    ] = "short",
    proxy_admin_port: AdminPortOption = ADMIN_PORT,
) -> int:
    """Print a proxy's own page of statistics as it stands.

    JSON and YAML of several pods are one document, with an entry for each pod. proxy-config stats shows tables.

    Examples:

      meshctl experimental envoy-stats productpage-v1-abc.default

      meshctl experimental envoy-stats -l app=reviews --type clusters -o json
    """
    import json

    kind = "clusters" if type_ != "server" else "server"
    page = _PAGES.get((kind, output))
    if page is None:
        raise UsageError("clusters have no form for Prometheus", hint="use -o short, json or yaml")
    asks = admins(pod, address, selector, proxy_admin_port, metrics=output == "prom-merged")
    found, code = ask_all(asks, lambda ask: ask("GET", page).decode("utf-8", "replace"))
    if not found:
        return code
    if output in ("json", "yaml"):
        pages: Any = {name: json.loads(text) for name, text in found.items()}
        data = pages if len(asks) > 1 else next(iter(pages.values()))
        if output == "json":
            print(json.dumps(data, indent=4))
        else:
            from meshctl.documents import write_yaml

            print(write_yaml(data), end="")
        return code
    for name, text in found.items():
        heading = f"\n# {name}\n\n" if len(asks) > 1 else ""
        print(f"{heading}{text.rstrip()}")
    return code
