"""`meshctl proxy-status`: are the proxies in sync with the control plane, and what differs for one of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meshctl.cli.clusters import chosen_namespace, open_cluster
from meshctl.cli.istiods import istiods_of, istiods_of_address, revision, seconds
from meshctl.cli.proxy_config import note
from meshctl.cli.proxy_pages import ADMIN_PORT, AdminPortOption, AtOption, moment
from meshctl.cli.values import PODS, Value, choice
from meshctl.errors import FINDING, UNREADABLE, UsageError

if TYPE_CHECKING:
    from meshctl.diagnose.proxy_status import MeshStatus

_DIFF_FORMATS = ("table", "short", "json", "yaml")


def proxy_status(
    pod: Annotated[
        str,
        typer.Argument(
            metavar="[POD]", click_type=PODS, help="[TYPE/]NAME[.NAMESPACE]: compare this proxy with istiod."
        ),
    ] = "",
    file: Annotated[
        str,
        typer.Option(
            "--file",
            metavar="FILE",
            help="A saved /debug/syncz; with a pod, the proxy's config dump; - for standard input.",
        ),
    ] = "",
    istiod_file: Annotated[
        str, typer.Option("--istiod-file", metavar="FILE", help="What istiod would send, a saved /debug/config_dump.")
    ] = "",
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FORMAT",
            click_type=Value(("table", "wide", "json", "yaml")),
            help="table, wide, json or yaml.",
        ),
    ] = "table",
    verbosity: Annotated[
        int, typer.Option("--verbosity", "-v", metavar="LEVEL", help="1: the state of each type.", show_default=False)
    ] = 0,
    stale: Annotated[
        bool, typer.Option("--stale", "--unsynced", help="Only proxies that lack what was sent, or refused it.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 79 when a proxy is stale, refused something, or does not fit.")
    ] = False,
    sort_by: Annotated[
        str, typer.Option("--sort-by", metavar="COLUMNS", help="Sort the table: version,-name (- turns it round).")
    ] = "",
    at: AtOption = "",
    proxy_admin_port: AdminPortOption = ADMIN_PORT,
) -> int:
    """Show which proxies are connected and have what the control plane has for them; with a pod, what differs.

    What is stale, refused, too old or not connected is told on the standard error besides. With a pod, 79 is the exit
    code when something differs.

    Examples:

      meshctl proxy-status

      meshctl proxy-status -o wide --stale -n shop

      meshctl proxy-status deployment/productpage.default

      meshctl proxy-status --file syncz.json -v 1
    """
    if istiod_file or pod:
        from meshctl.cli.proxy_sync import compare

        output = choice(output, _DIFF_FORMATS, "--output")
        return compare(pod, file, istiod_file, output, proxy_admin_port)
    from meshctl.output.proxy_status import FORMATS, is_troubled, remarks

    output = choice(output, FORMATS, "--output")
    if sort_by and output in ("json", "yaml"):
        raise UsageError(f"--sort-by sorts tables, not {output}", hint="leave one of the two out")
    now = moment(at)
    status = _saved(file) if file else _asked(thorough=check or stale or output == "wide")
    _show(status.unsynced() if stale else status, output, verbosity, now, sort_by)
    for line in remarks(status, now):
        note(line)
    return FINDING if check and is_troubled(status) else UNREADABLE if check and status.silent else 0


def _saved(file: str) -> MeshStatus:
    from meshctl.diagnose.proxy_status import saved_status
    from meshctl.proxyconfig.saved import read_saved

    found = saved_status(read_saved(file, "syncz"), file)
    return found.of(chosen_namespace()) if chosen_namespace() else found


def _asked(*, thorough: bool) -> MeshStatus:
    """What the istiods say; the thorough way looks for pods without a connection too."""
    from meshctl.diagnose.proxy_status import read_status, unconnected

    addressed = istiods_of_address()
    if addressed:
        return read_status(addressed, seconds(), chosen_namespace())
    with open_cluster(seconds()) as cluster:
        status = read_status(istiods_of(cluster), seconds(), chosen_namespace())
        # Only who has heard all istiods knows that a pod is connected to none.
        if thorough and not revision() and not status.silent:
            names = {one.proxy.name for one in status.connections()}
            status = replace(status, unconnected=sorted(unconnected(cluster, chosen_namespace(), names)))
        return status


def _show(status: MeshStatus, output: str, verbosity: int, now: Any, sort_by: str) -> None:
    from meshctl.output.proxy_config import show_document, show_table, sorted_table
    from meshctl.output.proxy_status import document, table, table_of_types, wide_table

    if output in ("json", "yaml"):
        show_document(document(status), output)
        return
    plain = table_of_types(status, now) if verbosity else table(status)
    found = wide_table(status, now) if output == "wide" else plain
    show_table(sorted_table(found, sort_by) if sort_by else found)
