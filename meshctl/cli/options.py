"""Options that several commands share, and how their values are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from meshctl.errors import UsageError


def choice(value: str, known: Sequence[str], flag: str) -> str:
    """The value in lower case when it is one of those known; else a usage error that names them."""
    lower = value.lower()
    if lower not in known:
        raise UsageError(f"{flag} cannot be {value!r}", hint=f"use one of {', '.join(known)}")
    return lower


NamespaceOption = Annotated[
    str, typer.Option("--namespace", "-n", help="Namespace of objects that name none.", metavar="NAME")
]
IstioNamespaceOption = Annotated[
    str, typer.Option("--istioNamespace", "-i", help="Namespace of the control plane.", hidden=True, metavar="NAME")
]
OutputOption = Annotated[
    str,
    typer.Option("--output", "-o", metavar="FORMAT", help="log, json, yaml, sarif, junit or github."),
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
