"""Admin pages of the proxy that a command means: of a running pod, or saved in a file."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Annotated

import typer

from meshctl.cli.values import PODS
from meshctl.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from meshctl.proxyconfig.cluster_statuses import StatusEntry
    from meshctl.proxyconfig.dump import ConfigDump

TargetArgument = Annotated[
    str,
    typer.Argument(
        metavar="[POD]", click_type=PODS, help="Pod: [TYPE/]NAME[.NAMESPACE]; with --file, the one of an archive."
    ),
]
FileOption = Annotated[
    str,
    typer.Option(
        "--file",
        "-f",
        metavar="FILE",
        help="Read this instead of a pod: a saved page, also packed, a bug-report archive, - for standard input, or"
        " http://HOST:PORT of an admin port.",
    ),
]
AdminPortOption = Annotated[
    int, typer.Option("--proxy-admin-port", metavar="PORT", min=1, max=65535, help="Admin port of the proxy.")
]

AtOption = Annotated[
    str, typer.Option("--at", metavar="TIME", help="Tell what is valid then: 2026-12-24T18:00:00Z; now without.")
]

ADMIN_PORT = 15000
ENDPOINTS_PAGE = "clusters?format=json"
_URL = ("http://", "https://")


def moment(at: str) -> datetime:
    """The moment that a flag names, in UTC where it says nothing else; now without one."""
    from datetime import UTC, datetime

    if not at:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(at)
    except ValueError as error:
        raise UsageError(f"--at {at!r} is no time", hint="write it as 2026-12-24 or 2026-12-24T18:00:00Z") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def page(target: str, file: str, path: str, *, port: int = ADMIN_PORT) -> bytes:
    """The answer to `GET /<path>` on the admin port of a pod, or that saved in a file."""
    gc.disable()  # what is read has no cycles, and there may be hundreds of megabytes of it
    if file.startswith(_URL):
        from meshctl.proxyconfig.admin import at_address

        if target:
            raise UsageError("a pod and an address are given", hint="leave one out")
        return at_address(file)("GET", path)
    if file:
        from meshctl.proxyconfig.saved import read_saved

        return read_saved(file, path.partition("?")[0], proxy=target)
    if not target:
        raise UsageError("neither a pod nor a file is given", hint="name a pod, or a saved dump with --file")
    from meshctl.cli.proxy_admin import admin

    return admin(target, "", port)("GET", path)


def endpoints_page(target: str, file: str, *, port: int = ADMIN_PORT) -> list[StatusEntry] | ConfigDump:
    """The endpoints that a proxy knows; a saved config dump has them too, as the control plane sent them."""
    from meshctl.proxyconfig.cluster_statuses import is_config_dump, read_statuses
    from meshctl.proxyconfig.dump import read

    data = page(target, file, ENDPOINTS_PAGE, port=port)
    return read(data) if is_config_dump(data) else read_statuses(data)
