"""`meshctl validate`."""

from __future__ import annotations

from typing import Annotated

import typer

from meshctl.cli.options import NamespaceOption
from meshctl.errors import UsageError


def validate(
    filename: Annotated[
        list[str] | None,
        typer.Option(
            "--filename", "-f", metavar="FILE|DIRECTORY|-", help="What to read; may be repeated, or a list with commas."
        ),
    ] = None,
    namespace: NamespaceOption = "",
    referential: Annotated[bool, typer.Option("--referential/--no-referential", "-x", hidden=True)] = True,
    output: Annotated[str, typer.Option("--output", "-o", metavar="FORMAT", help="log, json or yaml.")] = "log",
    color: Annotated[bool | None, typer.Option("--color/--no-color", help="Colour the levels.")] = None,
) -> int:
    """Check each object by itself: fields, types and values; what it refers to does not matter.

    Exit codes: 79 for an error, 65 when something could not be read, 64 for wrong usage, 0 otherwise.

    Examples:

      meshctl validate -f manifests/

      cat gateway.yaml | meshctl validate -f -
    """
    from meshctl.cli.linting import lint

    names = [name for item in filename or [] for name in item.split(",") if name]
    if not names:
        raise UsageError(
            "validate needs something to check", hint="name files or directories with -f, or -f - for standard input"
        )
    return lint(names, namespace=namespace, output=output, color=color, each_by_itself=True)
