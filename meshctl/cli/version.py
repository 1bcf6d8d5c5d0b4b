"""`meshctl version`."""

from __future__ import annotations

from typing import Annotated

import typer


def version(
    remote: Annotated[
        bool, typer.Option("--remote/--no-remote", help="Also ask the control plane (not possible yet).")
    ] = False,
    short: Annotated[bool, typer.Option("--short/--no-short", "-s", help="Print the number only.")] = False,
    output: Annotated[str, typer.Option("--output", "-o", metavar="FORMAT", help="json or yaml.")] = "",
) -> int:
    """Print the version.

    Example: meshctl version --remote=false
    """
    from meshctl import __version__

    if output:
        from meshctl.cli.options import choice

        if choice(output, ("json", "yaml"), "--output") == "json":
            import json

            print(json.dumps({"clientVersion": {"version": __version__}}, indent=2))
        else:
            print(f"clientVersion:\n  version: {__version__}")
    else:
        print(__version__ if short else f"client version: {__version__}")
    return 0
