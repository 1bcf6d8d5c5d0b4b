"""`meshctl proxy-config all`: every part of a proxy's configuration."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from meshctl.cli.proxy_config import (
    WHOLE_PAGE,
    AddressOption,
    DirectionOption,
    FqdnOption,
    NameOption,
    PortOption,
    SubsetOption,
    TypeOption,
    VerboseOption,
    note,
    note_refused,
)
from meshctl.cli.proxy_pages import ADMIN_PORT, AdminPortOption, AtOption, FileOption, TargetArgument, moment, page
from meshctl.cli.values import OneOf
from meshctl.errors import UNREADABLE

if TYPE_CHECKING:
    from meshctl.proxyconfig.dump import ConfigDump
    from meshctl.proxyconfig.view import Filters, Table


def proxy_config_all(
    pod: TargetArgument = "",
    file: FileOption = "",
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="FORMAT",
            click_type=OneOf(("short", "table", "json", "yaml")),
            help="short (or table), json, yaml.",
        ),
    ] = "short",
    with_headers: Annotated[
        bool, typer.Option("--with-headers/--without-headers", help="Write what it is above each part.")
    ] = False,
    verbose: VerboseOption = True,
    fqdn: FqdnOption = "",
    port: PortOption = 0,
    subset: SubsetOption = "",
    direction: DirectionOption = "",
    address: AddressOption = "",
    type_: TypeOption = "",
    name: NameOption = "",
    at: AtOption = "",
    proxy_admin_port: AdminPortOption = ADMIN_PORT,
) -> int:
    """Show all of a proxy's configuration; as JSON it is Envoy's own answer, private keys taken out.

    Examples:

      meshctl proxy-config all productpage-v1-7498b5bd44-bnjmw.default --with-headers

      meshctl proxy-config all -f config_dump.json --port 9080
    """
    from meshctl.output.proxy_config import show_document, show_table
    from meshctl.proxyconfig.documents import without_secrets
    from meshctl.proxyconfig.dump import read
    from meshctl.proxyconfig.errors import DumpError
    from meshctl.proxyconfig.view import Filters

    data = page(pod, file, WHOLE_PAGE, port=proxy_admin_port)
    dump = read(data)
    if output in ("json", "yaml"):
        shown = without_secrets(data)
        if output == "json":
            sys.stdout.flush()
            sys.stdout.buffer.write(shown)
        else:
            import msgspec

            show_document(msgspec.json.decode(shown), "yaml")
        return 0
    filters = Filters(fqdn=fqdn, port=port, subset=subset, direction=direction, address=address, type=type_, name=name,
                      verbose=verbose)  # fmt: skip
    problems: list[DumpError] = []
    for index, (title, make) in enumerate(_parts(dump, filters, at)):
        if index:
            print()
        if with_headers:
            print(f"------ {title} INFO ------\n")
        try:
            table = make()
            if table is None:
                print("No active or warming secrets found.")
            else:
                show_table(table)
        except DumpError as error:
            problems.append(error)
    for problem in problems:
        note(f"{problem.message} ({problem.hint})")
    _note_all(dump)
    return UNREADABLE if problems else 0


def _parts(dump: ConfigDump, filters: Filters, at: str) -> Iterator[tuple[str, Callable[[], Table | None]]]:
    from meshctl.proxyconfig.views import bootstrap, cluster, eds, listener, route, secret

    def secrets() -> Table | None:
        found = secret.rows(secret.select(dump))
        return secret.table(found, moment(at), prefix="secret/") if found else None

    yield "BOOTSTRAP", lambda: bootstrap.versions(dump.bootstrap)
    yield "CLUSTER", lambda: cluster.VIEW.prefixed_table(cluster.select(dump, filters), filters)
    yield "LISTENER", lambda: listener.VIEW.prefixed_table(listener.select(dump, filters), filters)
    yield "ROUTE", lambda: route.VIEW.prefixed_table(route.select(dump, filters), filters)
    yield "SECRET", secrets
    yield "ENDPOINTS", lambda: eds.VIEW.prefixed_table(eds.select(dump, filters), filters)


def _note_all(dump: ConfigDump) -> None:
    """What is easily overlooked: endpoints that were not asked for, and updates that the proxy refused."""
    from meshctl.proxyconfig import sections
    from meshctl.proxyconfig.errors import MissingEndpointsError

    if not dump.has(sections.ENDPOINTS):
        error = MissingEndpointsError()
        note(f"{error.message} ({error.hint})")
    for url, entries in (
        (sections.CLUSTERS, lambda: dump.clusters),
        (sections.LISTENERS, lambda: dump.listeners),
        (sections.ROUTES, lambda: dump.routes),
        (sections.SECRETS, lambda: dump.secrets),
    ):
        if dump.has(url):
            note_refused(list(entries()))
