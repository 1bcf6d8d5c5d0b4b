"""`meshctl proxy-config`: the commands that show one part of a proxy's configuration."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meshctl.cli.proxy_admin import SelectorOption
from meshctl.cli.proxy_pages import ADMIN_PORT, AdminPortOption, AtOption, FileOption, moment, page
from meshctl.cli.proxy_pods import AllPodsOption, PodsArgument, Proxies, in_turn
from meshctl.cli.values import CLUSTER_HOSTS, CLUSTERS, DIRECTIONS, HOSTS, LISTENER_TYPES, ROUTES, SUBSETS, OneOf

if TYPE_CHECKING:
    from meshctl.proxyconfig.dump import ConfigDump
    from meshctl.proxyconfig.view import Shown

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

BOOTSTRAP_PAGE = "config_dump?mask=bootstrap"
CLUSTERS_PAGE = "config_dump?mask=dynamic_active_clusters,dynamic_warming_clusters,static_clusters"
LISTENERS_PAGE = "config_dump?mask=dynamic_listeners,static_listeners"
ROUTES_PAGE = "config_dump?mask=dynamic_route_configs,static_route_configs"
SECRETS_PAGE = "config_dump?mask=dynamic_active_secrets,dynamic_warming_secrets"
WHOLE_PAGE = "config_dump?include_eds=true"


def cluster(
    pods: PodsArgument = None,
    file: FileOption = "",
    output: OutputOption = "short",
    fqdn: FqdnOption = "",
    port: PortOption = 0,
    subset: SubsetOption = "",
    direction: DirectionOption = "",
    sort_by: SortOption = "",
    selector: SelectorOption = "",
    all_pods: AllPodsOption = False,
    proxy_admin_port: AdminPortOption = ADMIN_PORT,
) -> int:
    """Show the clusters: the services, ports and subsets that the proxy sends requests to.

    Examples:

      meshctl proxy-config cluster productpage-v1-7498b5bd44-bnjmw.default --fqdn reviews

      meshctl proxy-config cluster -f config_dump.json -o wide --sort-by type

      meshctl proxy-config cluster deployment/productpage --all-pods --fqdn reviews
    """
    from meshctl.proxyconfig.view import Filters
    from meshctl.proxyconfig.views.cluster import VIEW, select

    filters = Filters(fqdn=fqdn, port=port, subset=subset, direction=direction, every_state=output == "wide")
    return show_view(
        Proxies(pods or (), file, selector, all_pods, proxy_admin_port), CLUSTERS_PAGE,
        lambda dump: (VIEW.shown(select(dump, filters), filters), dump.clusters), output, sort_by,
    )  # fmt: skip


def listener(
    pods: PodsArgument = None,
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
    selector: SelectorOption = "",
    all_pods: AllPodsOption = False,
    proxy_admin_port: AdminPortOption = ADMIN_PORT,
) -> int:
    """Show the listeners: what the proxy listens on, and where each kind of connection goes.

    Examples:

      meshctl proxy-config listener productpage-v1-7498b5bd44-bnjmw.default --port 15006

      meshctl proxy-config listener -f config_dump.json --destination reviews -o wide
    """
    from meshctl.proxyconfig.view import Filters
    from meshctl.proxyconfig.views.listener import VIEW, select

    proxies = Proxies(pods or (), file, selector, all_pods, proxy_admin_port)
    if waypoint:
        from meshctl.proxyconfig.views.waypoint import shown

        return show_view(proxies, LISTENERS_PAGE, lambda dump: (shown(dump), []), "table", "")
    filters = Filters(
        address=address,
        port=port,
        type=type_,
        destination=destination,
        verbose=verbose or output == "wide",
        every_state=output == "wide",
    )
    return show_view(
        proxies, LISTENERS_PAGE, lambda dump: (VIEW.shown(select(dump, filters), filters), dump.listeners),
        output, sort_by,
    )  # fmt: skip


def route(
    pods: PodsArgument = None,
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
    selector: SelectorOption = "",
    all_pods: AllPodsOption = False,
    proxy_admin_port: AdminPortOption = ADMIN_PORT,
) -> int:
    """Show the routes: which request of which host goes where.

    Examples:

      meshctl proxy-config route productpage-v1-7498b5bd44-bnjmw.default --name 9080

      meshctl proxy-config route -f config_dump.json --host reviews -o wide
    """
    from meshctl.proxyconfig.view import Filters
    from meshctl.proxyconfig.views.route import VIEW, select

    filters = Filters(name=name, host=host, match=match, destination=destination, verbose=verbose or output == "wide")
    return show_view(
        Proxies(pods or (), file, selector, all_pods, proxy_admin_port), ROUTES_PAGE,
        lambda dump: (VIEW.shown(select(dump, filters), filters), dump.routes), output, sort_by,
    )  # fmt: skip


def ecds(
    pods: PodsArgument = None,
    file: FileOption = "",
    output: OutputOption = "short",
    sort_by: SortOption = "",
    selector: SelectorOption = "",
    all_pods: AllPodsOption = False,
    proxy_admin_port: AdminPortOption = ADMIN_PORT,
) -> int:
    """Show the filters that the control plane serves by themselves, such as WebAssembly modules.

    Example: meshctl proxy-config ecds productpage-v1-7498b5bd44-bnjmw.default
    """
    from dataclasses import replace

    from meshctl.proxyconfig.view import Filters
    from meshctl.proxyconfig.views.ecds import VIEW, select
    from meshctl.proxyconfig.views.whole import extensions_document

    def view(dump: ConfigDump) -> tuple[Shown, list[Any]]:
        found = VIEW.shown(select(dump, Filters()), Filters())
        return replace(found, document=lambda: extensions_document(dump)), dump.extensions

    proxies = Proxies(pods or (), file, selector, all_pods, proxy_admin_port)
    return show_view(proxies, WHOLE_PAGE, view, output, sort_by)


def secret(
    pods: PodsArgument = None,
    file: FileOption = "",
    output: OutputOption = "short",
    sort_by: SortOption = "",
    at: AtOption = "",
    selector: SelectorOption = "",
    all_pods: AllPodsOption = False,
    proxy_admin_port: AdminPortOption = ADMIN_PORT,
) -> int:
    """Show the certificates that the proxy holds, and how long they are good; keys are never shown.

    Examples:

      meshctl proxy-config secret productpage-v1-7498b5bd44-bnjmw.default

      meshctl proxy-config secret -f config_dump.json -o wide
    """
    from meshctl.proxyconfig.views.secret import rows, select, shown

    now = moment(at)

    def view(dump: ConfigDump) -> tuple[Shown, list[Any]]:
        return shown(dump, rows(select(dump, static=output == "wide")), now), dump.secrets

    proxies = Proxies(pods or (), file, selector, all_pods, proxy_admin_port)
    return show_view(proxies, SECRETS_PAGE, view, output, sort_by, nothing="No active or warming secrets found.")


def bootstrap(
    pods: PodsArgument = None,
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
    selector: SelectorOption = "",
    all_pods: AllPodsOption = False,
    proxy_admin_port: AdminPortOption = ADMIN_PORT,
) -> int:
    """Show what the proxy was started with; -o short gives the versions only.

    Examples:

      meshctl proxy-config bootstrap productpage-v1-7498b5bd44-bnjmw.default

      meshctl proxy-config bootstrap -f config_dump.json -o short
    """
    from meshctl.output.proxy_config import show_document, show_table
    from meshctl.proxyconfig.dump import read
    from meshctl.proxyconfig.views.bootstrap import shown, versions
    from meshctl.proxyconfig.views.whole import bootstrap_document

    proxies = Proxies(pods or (), file, selector, all_pods, proxy_admin_port)
    if not proxies.single:
        return show_each(proxies, BOOTSTRAP_PAGE, lambda data: (shown(read(data)), []), output, "")
    dump = read(proxies.page(BOOTSTRAP_PAGE))
    if output in ("json", "yaml"):
        show_document(bootstrap_document(dump), output)
    else:
        show_table(versions(dump.bootstrap))
    return 0


def read_dump(pod: str, file: str, path: str, port: int) -> ConfigDump:
    """The config dump of a pod, of which only `path` is asked for, or that in a file."""
    from meshctl.proxyconfig.dump import read

    return read(page(pod, file, path, port=port))


def show_view(
    proxies: Proxies,
    path: str,
    view: Callable[[ConfigDump], tuple[Shown, list[Any]]],
    output: str,
    sort_by: str,
    *,
    nothing: str = "",
) -> int:
    """Shows a view of one proxy, or of several with the pod of each; `nothing` is said in place of an empty table.

    The view gives what can be printed about a dump, and the resources of which some may have been refused.
    """
    from meshctl.output.proxy_config import show
    from meshctl.proxyconfig.dump import read

    if proxies.single:
        shown, entries = view(read(proxies.page(path)))
        if nothing and output not in ("json", "yaml", "name") and not shown.table(False).rows:
            print(nothing)
            return 0
        show(shown, output, sort_by)
        note_refused(entries)
        return 0

    return show_each(proxies, path, lambda data: view(read(data)), output, sort_by)


def show_each(
    proxies: Proxies, path: str, view: Callable[[bytes], tuple[Shown, list[Any]]], output: str, sort_by: str
) -> int:
    """Shows a view of the page of several proxies, with the pod of each; 65 when some do not answer."""
    from meshctl.output.proxy_config import show
    from meshctl.proxyconfig.several import combined, settled

    def made(data: bytes) -> tuple[Shown, list[str]]:
        shown, entries = view(data)
        return settled(shown, output), refused(entries)

    pages, code = proxies.pages(path)
    found, failed = in_turn({name: partial(made, of_proxy[path]) for name, of_proxy in pages.items()})
    if found:
        show(combined({name: shown for name, (shown, _) in found.items()}), output, sort_by)
    for name, (_, problems) in found.items():
        for problem in problems:
            note(f"{name}: {problem}")
    return code or failed


def note_refused(entries: list[Any], whose: str = "") -> None:
    """Says on standard error which resources have an update that the proxy refused: they are easily overlooked."""
    for text in refused(entries):
        note(f"{whose}{text}")


def refused(entries: list[Any]) -> list[str]:
    """What is to be said of resources with an update that the proxy refused."""
    return [
        f"the proxy refused an update of {entry.name or 'a resource'}: {entry.error.details}"
        for entry in entries
        if entry.error is not None
    ]


def note(text: str) -> None:
    """Says something beside the output, on standard error."""
    sys.stdout.flush()
    print(f"meshctl: {text}", file=sys.stderr)
