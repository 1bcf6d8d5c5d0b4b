"""Options that several commands share, and how their values are read."""

from __future__ import annotations

from typing import Annotated

import typer

from meshctl.cli.values import NAMESPACES, OneOf

NamespaceOption = Annotated[
    str,
    typer.Option(
        "--namespace", "-n", click_type=NAMESPACES, help="Namespace of objects that name none.", metavar="NAME"
    ),
]
IstioNamespaceOption = Annotated[
    str,
    typer.Option(
        "--istioNamespace",
        "-i",
        click_type=NAMESPACES,
        help="Namespace of the control plane.",
        hidden=True,
        metavar="NAME",
    ),
]
FORMATS = ("log", "json", "yaml", "sarif", "junit", "github")
"""The forms in which messages can be printed; `output/messages.py` does it."""

OutputOption = Annotated[
    str,
    typer.Option(
        "--output", "-o", metavar="FORMAT", click_type=OneOf(FORMATS), help="log, json, yaml, sarif, junit or github."
    ),
]
OutputFileOption = Annotated[
    list[str] | None,
    typer.Option(
        "--output-file",
        metavar="[FORMAT=]FILE",
        help="Also write this file; the format may follow from its ending. May be repeated.",
    ),
]
ColorOption = Annotated[bool | None, typer.Option("--color/--no-color", help="Colour the levels.")]
TimeoutOption = Annotated[
    str, typer.Option("--timeout", metavar="DURATION", help="Time for all questions to the cluster together.")
]
