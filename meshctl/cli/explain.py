"""`meshctl explain`."""

from __future__ import annotations

from typing import Annotated

import typer

from meshctl.cli.values import CODES, OneOf


def explain(
    codes: Annotated[
        list[str] | None, typer.Argument(metavar="[CODE]...", click_type=CODES, help="Codes such as IST0101.")
    ] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FORMAT", click_type=OneOf(("text", "json")), help="text or json.")
    ] = "text",
) -> int:
    """Tell what a code means, with an example and what to do; without a code, list all codes.

    Examples:

      meshctl explain

      meshctl explain IST0101
    """
    from meshctl.output.explanations import as_table, as_text, print_json

    if output == "json":
        print_json(codes or [])
    elif codes:
        print("\n\n".join(as_text(code) for code in codes))
    else:
        print(as_table())
    return 0
