"""`meshctl authz check`."""

from __future__ import annotations

from typing import Annotated

import typer

from meshctl.cli.proxy_config import OutputOption, SortOption, note, read_dump
from meshctl.cli.proxy_pages import ADMIN_PORT, AdminPortOption, FileOption, TargetArgument


def authz_check(
    pod: TargetArgument = "",
    file: FileOption = "",
    output: OutputOption = "short",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Also policies that are a dry run, as -o wide, json and yaml show them.")
    ] = False,
    sort_by: SortOption = "",
    proxy_admin_port: AdminPortOption = ADMIN_PORT,
) -> int:
    """Show the authorization policies that a proxy applies, by what they do.

    DENY comes before ALLOW; LOG is what a policy of action AUDIT becomes, and CUSTOM is decided by an external
    authorizer.

    Examples:

      meshctl authz check productpage-v1-7498b5bd44-bnjmw.default

      meshctl authz check -f config_dump.json -o wide
    """
    from meshctl.output.proxy_config import show
    from meshctl.proxyconfig.views.authorization import applied, shown

    dump = read_dump(pod, file, "config_dump", proxy_admin_port)
    policies, strange = applied(dump, dry_run=dry_run or output in ("wide", "json", "yaml"))
    show(shown(policies), output, sort_by)
    for key in strange:
        note(f"a filter has rules with the key {key!r}, which is of no AuthorizationPolicy")
    return 0
