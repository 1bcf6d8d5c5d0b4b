"""`meshctl proxy-config all`: every part of a proxy's configuration."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meshctl.cli.proxy_admin import SelectorOption
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
from meshctl.cli.proxy_pages import ADMIN_PORT, AdminPortOption, AtOption, FileOption, moment
from meshctl.cli.proxy_pods import AllPodsOption, PodsArgument, Proxies, in_turn
from meshctl.cli.values import OneOf
from meshctl.errors import UNREADABLE

if TYPE_CHECKING:
    from meshctl.proxyconfig.dump import ConfigDump
    from meshctl.proxyconfig.view import Filters, Table


def proxy_config_all(
    pods: PodsArgument = None,
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
    selector: SelectorOption = "",
    all_pods: AllPodsOption = False,
    proxy_admin_port: AdminPortOption = ADMIN_PORT,
) -> int:
    """Show all of a proxy's configuration; as JSON it is Envoy's own answer, private keys taken out.

    Examples:

      meshctl proxy-config all productpage-v1-7498b5bd44-bnjmw.default --with-headers

      meshctl proxy-config all -f config_dump.json --port 9080
    """
    from meshctl.proxyconfig.view import Filters

    filters = Filters(fqdn=fqdn, port=port, subset=subset, direction=direction, address=address, type=type_, name=name,
                      verbose=verbose)  # fmt: skip
    proxies = Proxies(pods or (), file, selector, all_pods, proxy_admin_port)
    if proxies.single:
        data = proxies.page(WHOLE_PAGE)
        return _show_data(data, output) if output in ("json", "yaml") else _show_parts(data, filters, at, with_headers)
    pages, code = proxies.pages(WHOLE_PAGE)
    answers = {pod: of_proxy[WHOLE_PAGE] for pod, of_proxy in pages.items()}
    if output in ("json", "yaml"):
        return _show_data_of_each(answers, output) or code
    shown, failed = in_turn(
        {pod: partial(_show_below, pod, data, filters, at, with_headers) for pod, data in answers.items()}
    )
    return code or failed or max(shown.values(), default=0)


def _show_data(data: bytes, output: str) -> int:
    """Shows the answer of a proxy as it stands, without keys."""
    from meshctl.output.proxy_config import show_document

    if output == "json":
        shown = _without_keys(data)
        sys.stdout.flush()
        sys.stdout.buffer.write(shown)
    else:
        show_document(_plain(data), output)
    return 0


def _show_data_of_each(answers: Mapping[str, bytes], output: str) -> int:
    """Shows the answers of several proxies as one object, by pod."""
    from meshctl.output.proxy_config import show_document

    found, code = in_turn({pod: partial(_plain, data) for pod, data in answers.items()})
    show_document(found, output)
    return code


def _plain(data: bytes) -> Any:
    import msgspec

    return msgspec.json.decode(_without_keys(data))


def _without_keys(data: bytes) -> bytes:
    """The answer of a proxy without its secrets; raises `DumpError` for what is none."""
    from meshctl.proxyconfig.documents import without_secrets
    from meshctl.proxyconfig.dump import read

    read(data)
    return without_secrets(data)


def _show_below(pod: str, data: bytes, filters: Filters, at: str, with_headers: bool) -> int:
    """Shows the parts of one of several proxies below its name."""
    print(f"------ {pod} ------\n")
    code = _show_parts(data, filters, at, with_headers, whose=f"{pod}: ")
    print()
    return code


def _show_parts(data: bytes, filters: Filters, at: str, with_headers: bool, whose: str = "") -> int:
    """Shows the parts of a proxy one below the other; those that its answer does not have are named at the end.

    `whose` begins what is said beside the output, where there are several proxies.
    """
    from meshctl.output.proxy_config import show_table
    from meshctl.proxyconfig.dump import read
    from meshctl.proxyconfig.errors import DumpError

    dump = read(data)
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
        note(f"{whose}{problem.message} ({problem.hint})")
    _note_all(dump, whose)
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


def _note_all(dump: ConfigDump, whose: str) -> None:
    """What is easily overlooked: endpoints that were not asked for, and updates that the proxy refused."""
    from meshctl.proxyconfig import sections
    from meshctl.proxyconfig.errors import MissingEndpointsError

    if not dump.has(sections.ENDPOINTS):
        error = MissingEndpointsError()
        note(f"{whose}{error.message} ({error.hint})")
    for url, entries in (
        (sections.CLUSTERS, lambda: dump.clusters),
        (sections.LISTENERS, lambda: dump.listeners),
        (sections.ROUTES, lambda: dump.routes),
        (sections.SECRETS, lambda: dump.secrets),
    ):
        if dump.has(url):
            note_refused(list(entries()), whose)
