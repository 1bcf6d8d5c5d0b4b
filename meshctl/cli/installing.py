"""Options that say what to install, shared by the commands that take an IstioOperator."""

from __future__ import annotations

from typing import Annotated

import typer

FilesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--filename", "-f", metavar="FILE|-", help="IstioOperator file; may be repeated, later ones win over earlier."
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", "-s", metavar="PATH=VALUE", help="Set a field of spec; may be repeated, wins over files."),
]
ManifestsOption = Annotated[
    str,
    typer.Option(
        "--manifests", "-d", "--charts", metavar="DIRECTORY", help="Folder with charts/ and profiles/ of your own."
    ),
]
RevisionOption = Annotated[
    str, typer.Option("--revision", "-r", metavar="NAME", help="Revision of the control plane; wins over --set.")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Go on in spite of problems in the input.")]
