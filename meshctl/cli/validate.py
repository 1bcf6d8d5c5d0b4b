"""`meshctl validate`."""

from __future__ import annotations

from typing import Annotated

import typer

from meshctl.cli.options import ColorOption, IstioNamespaceOption, NamespaceOption, OutputFileOption, OutputOption
from meshctl.errors import UsageError


def validate(
    filename: Annotated[
        list[str] | None,
        typer.Option(
            "--filename", "-f", metavar="FILE|DIRECTORY|-", help="What to read; may be repeated, or a list with commas."
        ),
    ] = None,
    namespace: NamespaceOption = "",
    istio_namespace: IstioNamespaceOption = "istio-system",
    referential: Annotated[bool, typer.Option("--referential/--no-referential", "-x", hidden=True)] = True,
    output: OutputOption = "log",
    output_file: OutputFileOption = None,
    color: ColorOption = None,
) -> int:
    """Check each object by itself: fields, types and values; what it refers to does not matter.

    Exit codes: 79 for an error, 65 when something could not be read, 64 for wrong usage, 0 otherwise.

    Examples:

      meshctl validate -f manifests/

      cat gateway.yaml | meshctl validate -f -
    """
    from meshctl.cli.linting import Request, lint

    names = [name for item in filename or [] for name in item.split(",") if name]
    if not names:
        raise UsageError(
            "there is nothing to validate", hint="name files or directories with -f, or -f - for standard input"
        )
    return lint(
        Request(
            names=names,
            namespace=namespace,
            istio_namespace=istio_namespace,
            output=output,
            output_files=output_file or [],
            color=color,
            each_by_itself=True,
        )
    )
