"""`meshctl proxy-config log`."""

from __future__ import annotations

from typing import Annotated

import typer

from meshctl.cli.proxy_admin import AddressOption, SelectorOption, admins
from meshctl.cli.proxy_pages import ADMIN_PORT, AdminPortOption, TargetArgument
from meshctl.cli.proxy_pods import ask_all
from meshctl.cli.values import OneOf, Value
from meshctl.errors import UsageError


def _levels() -> tuple[str, ...]:
    from meshctl.proxyconfig.log_levels import LEVELS

    return LEVELS


def proxy_log(
    pod: TargetArgument = "",
    address: AddressOption = "",
    selector: SelectorOption = "",
    level: Annotated[
        str,
        typer.Option(
            "--level",
            metavar="[LOGGER:]LEVEL,...",
            click_type=Value(_levels),
            help="Levels to set: trace, debug, info, warning, error, critical or off.",
        ),
    ] = "",
    reset: Annotated[bool, typer.Option("--reset", "-r", help="Set all loggers to warning again.")] = False,
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FORMAT", click_type=OneOf(("short", "json", "yaml")), help="short, json or yaml."
        ),
    ] = "short",
    proxy_admin_port: AdminPortOption = ADMIN_PORT,
) -> int:
    """Show or set the log levels of a proxy.

    Examples:

      meshctl proxy-config log productpage-v1-abc.default

      meshctl proxy-config log productpage-v1-abc.default --level rbac:debug,jwt:trace

      meshctl proxy-config log -l app=reviews --reset
    """
    from meshctl.proxyconfig.log_levels import DEFAULT, Change, change, parse, read

    if level and reset:
        raise UsageError("--level and --reset exclude each other")
    wanted = Change(DEFAULT, {}) if reset else parse(level) if level else None
    found, code = ask_all(
        admins(pod, address, selector, proxy_admin_port), lambda ask: change(ask, wanted) if wanted else read(ask)
    )
    if output == "json":
        import json

        print(json.dumps(found, indent=2))
    elif output == "yaml":
        from meshctl.documents import write_yaml

        print(write_yaml(found), end="")
    else:
        for name, levels in found.items():
            print(f"{name}:\nactive loggers:")
            print("".join(f"  {logger}: {current}\n" for logger, current in levels.items()))
    return code
