"""`meshctl proxy-config`: the commands that show one part of a proxy's configuration."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meshctl.cli.proxy_pages import ADMIN_PORT, AdminPortOption, AtOption, FileOption, TargetArgument, moment, page
from meshctl.cli.values import CLUSTER_HOSTS, CLUSTERS, DIRECTIONS, HOSTS, LISTENER_TYPES, ROUTES, SUBSETS, OneOf

if TYPE_CHECKING:
    from meshctl.proxyconfig.dump import ConfigDump

FORMATS = ("short", "table", "wide", "name", "json", "yaml")
"""How a view can be printed; `output/proxy_config.py` does it."""

OutputOption = Annotated[
    str,
    typer.Option(
        "--output",
        "-o",
        metavar="FORMAT",
        click_type=OneOf(FORMATS),
        help="short (or table), wide, name, json or yaml.",
    ),
]
SortOption = Annotated[
    str, typer.Option("--sort-by", metavar="COLUMNS", help="Sort the table: type,-port (- turns the order round).")
]
VerboseOption = Annotated[bool, typer.Option("--verbose/--no-verbose", help="Show all columns.")]
FqdnOption = Annotated[
    str, typer.Option("--fqdn", metavar="TEXT", click_type=CLUSTER_HOSTS, help="Clusters with this in their name.")
]
DirectionOption = Annotated[
    str,
    typer.Option(
        "--direction",
        metavar="inbound|outbound",
        click_type=DIRECTIONS,
        help="Direction of clusters.",
    ),
]
SubsetOption = Annotated[
    str, typer.Option("--subset", metavar="NAME", click_type=SUBSETS, help="Clusters with this in their name.")
]
PortOption = Annotated[int, typer.Option("--port", metavar="PORT", help="Port.", show_default=False)]
AddressOption = Annotated[str, typer.Option("--address", metavar="ADDRESS", help="Address.")]
TypeOption = Annotated[
    str,
    typer.Option(
        "--type",
        metavar="HTTP|TCP|HTTP+TCP",
        click_type=LISTENER_TYPES,
        help="Type of listeners.",
    ),
]
NameOption = Annotated[
    str, typer.Option("--name", metavar="NAME", click_type=ROUTES, help="Name of the route configuration.")
]
DestinationOption = Annotated[
    str,
    typer.Option(
        "--destination", metavar="TEXT", click_type=CLUSTERS, help="Only what leads to a cluster with this in its name."
    ),
]

CLUSTERS_PAGE = "config_dump?mask=dynamic_active_clusters,dynamic_warming_clusters,static_clusters"
LISTENERS_PAGE = "config_dump?mask=dynamic_listeners,static_listeners"
ROUTES_PAGE = "config_dump?mask=dynamic_route_configs,static_route_configs"
SECRETS_PAGE = "config_dump?mask=dynamic_active_secrets,dynamic_warming_secrets"
WHOLE_PAGE = "config_dump?include_eds=true"


def cluster(
    pod: TargetArgument = "",
    file: FileOption = "",
    output: OutputOption = "short",
    fqdn: FqdnOption = "",
    port: PortOption = 0,
    subset: SubsetOption = "",
    direction: DirectionOption = "",
    sort_by: SortOption = "",
    proxy_admin_port: AdminPortOption = ADMIN_PORT,
) -> int:
    """Show the clusters: the services, ports and subsets that the proxy sends requests to.

    Examples:

      meshctl proxy-config cluster productpage-v1-7498b5bd44-bnjmw.default --fqdn reviews

      meshctl proxy-config cluster -f config_dump.json -o wide --sort-by type
    """
    from meshctl.proxyconfig.view import Filters
    from meshctl.proxyconfig.views.cluster import VIEW, select

    dump = read_dump(pod, file, CLUSTERS_PAGE, proxy_admin_port)
    wide = output == "wide"
    filters = Filters(fqdn=fqdn, port=port, subset=subset, direction=direction, every_state=wide)
    return _show(VIEW.shown(select(dump, filters), filters), output, sort_by, dump.clusters)


def listener(
    pod: TargetArgument = "",
    file: FileOption = "",
    output: OutputOption = "short",
    address: AddressOption = "",
    port: PortOption = 0,
    type_: TypeOption = "",
    destination: DestinationOption = "",
    verbose: VerboseOption = True,
    waypoint: Annotated[
        bool, typer.Option("--waypoint/--no-waypoint", help="Show how a waypoint chooses filter chains.", hidden=True)
    ] = False,
    sort_by: SortOption = "",
    proxy_admin_port: AdminPortOption = ADMIN_PORT,
) -> int:
    """Show the listeners: what the proxy listens on, and where each kind of connection goes.

    Examples:

      meshctl proxy-config listener productpage-v1-7498b5bd44-bnjmw.default --port 15006

      meshctl proxy-config listener -f config_dump.json --destination reviews -o wide
    """
    from meshctl.proxyconfig.view import Filters
    from meshctl.proxyconfig.views.listener import VIEW, select

    dump = read_dump(pod, file, LISTENERS_PAGE, proxy_admin_port)
    if waypoint:
        from meshctl.output.proxy_config import show_table
        from meshctl.proxyconfig.views.waypoint import table

        show_table(table(dump))
        return 0
    filters = Filters(
        address=address,
        port=port,
        type=type_,
        destination=destination,
        verbose=verbose or output == "wide",
        every_state=output == "wide",
    )
    return _show(VIEW.shown(select(dump, filters), filters), output, sort_by, dump.listeners)


def route(
    pod: TargetArgument = "",
    file: FileOption = "",
    output: OutputOption = "short",
    name: NameOption = "",
    host: Annotated[
        str, typer.Option("--host", metavar="HOST", click_type=HOSTS, help="Only virtual hosts that serve this host.")
    ] = "",
    match: Annotated[str, typer.Option("--match", metavar="TEXT", help="Only routes with this in their match.")] = "",
    destination: DestinationOption = "",
    verbose: VerboseOption = True,
    sort_by: SortOption = "",
    proxy_admin_port: AdminPortOption = ADMIN_PORT,
) -> int:
    """Show the routes: which request of which host goes where.

    Examples:

      meshctl proxy-config route productpage-v1-7498b5bd44-bnjmw.default --name 9080

      meshctl proxy-config route -f config_dump.json --host reviews -o wide
    """
    from meshctl.proxyconfig.view import Filters
    from meshctl.proxyconfig.views.route import VIEW, select

    dump = read_dump(pod, file, ROUTES_PAGE, proxy_admin_port)
    wide = output == "wide"
    filters = Filters(name=name, host=host, match=match, destination=destination, verbose=verbose or wide)
    return _show(VIEW.shown(select(dump, filters), filters), output, sort_by, dump.routes)


def ecds(
    pod: TargetArgument = "",
    file: FileOption = "",
    output: OutputOption = "short",
    sort_by: SortOption = "",
    proxy_admin_port: AdminPortOption = ADMIN_PORT,
) -> int:
    """Show the filters that the control plane serves by themselves, such as WebAssembly modules.

    Example: meshctl proxy-config ecds productpage-v1-7498b5bd44-bnjmw.default
    """
    from dataclasses import replace

    from meshctl.proxyconfig.view import Filters
    from meshctl.proxyconfig.views.ecds import VIEW, select
    from meshctl.proxyconfig.views.whole import extensions_document

    dump = read_dump(pod, file, WHOLE_PAGE, proxy_admin_port)
    found = VIEW.shown(select(dump, Filters()), Filters())
    return _show(replace(found, document=lambda: extensions_document(dump)), output, sort_by, dump.extensions)


def secret(
    pod: TargetArgument = "",
    file: FileOption = "",
    output: OutputOption = "short",
    sort_by: SortOption = "",
    at: AtOption = "",
    proxy_admin_port: AdminPortOption = ADMIN_PORT,
) -> int:
    """Show the certificates that the proxy holds, and how long they are good; keys are never shown.

    Examples:

      meshctl proxy-config secret productpage-v1-7498b5bd44-bnjmw.default

      meshctl proxy-config secret -f config_dump.json -o wide
    """
    from meshctl.proxyconfig.views.secret import rows, select, shown

    dump = read_dump(pod, file, SECRETS_PAGE, proxy_admin_port)
    found = rows(select(dump, static=output == "wide"))
    if not found and output in ("short", "table", "wide"):
        print("No active or warming secrets found.")
        return 0
    return _show(shown(dump, found, moment(at)), output, sort_by, dump.secrets)


def bootstrap(
    pod: TargetArgument = "",
    file: FileOption = "",
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FORMAT",
            click_type=OneOf(("json", "yaml", "short", "table")),
            help="json, yaml or short.",
        ),
    ] = "json",
    proxy_admin_port: AdminPortOption = ADMIN_PORT,
) -> int:
    """Show what the proxy was started with; -o short gives the versions only.

    Examples:

      meshctl proxy-config bootstrap productpage-v1-7498b5bd44-bnjmw.default

      meshctl proxy-config bootstrap -f config_dump.json -o short
    """
    from meshctl.output.proxy_config import show_document, show_table
    from meshctl.proxyconfig.views.bootstrap import versions
    from meshctl.proxyconfig.views.whole import bootstrap_document

    dump = read_dump(pod, file, "config_dump?mask=bootstrap", proxy_admin_port)
    if output in ("json", "yaml"):
        show_document(bootstrap_document(dump), output)
    else:
        show_table(versions(dump.bootstrap))
    return 0


def read_dump(pod: str, file: str, path: str, port: int) -> ConfigDump:
    """The config dump of a pod, of which only `path` is asked for, or that in a file."""
    from meshctl.proxyconfig.dump import read

    return read(page(pod, file, path, port=port))


def _show(found: Any, output: str, sort_by: str, entries: list[Any]) -> int:
    from meshctl.output.proxy_config import show

    show(found, output, sort_by)
    note_refused(entries)
    return 0


def note_refused(entries: list[Any]) -> None:
    """Says on standard error which resources have an update that the proxy refused: they are easily overlooked."""
    for entry in entries:
        if entry.error is not None:
            note(f"the proxy refused an update of {entry.name}: {entry.error.details}")


def note(text: str) -> None:
    """Says something beside the output, on standard error."""
    sys.stdout.flush()
    print(f"meshctl: {text}", file=sys.stderr)
