"""`meshctl analyze`."""

from __future__ import annotations

from typing import Annotated

import typer

from meshctl.cli.options import NamespaceOption


def analyze(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE|DIRECTORY|-]...", help="What to read; - is standard input.")
    ] = None,
    namespace: NamespaceOption = "",
    all_namespaces: Annotated[
        bool,
        typer.Option("--all-namespaces/--no-all-namespaces", "-A", help="Report on all namespaces (files always are)."),
    ] = False,
    use_kube: Annotated[
        bool, typer.Option("--use-kube/--no-use-kube", "-k", help="Also read the cluster (not possible yet).")
    ] = True,
    output: Annotated[str, typer.Option("--output", "-o", metavar="FORMAT", help="log, json or yaml.")] = "log",
    strict: Annotated[
        bool, typer.Option("--strict/--no-strict", help="Take the input for the whole mesh: report every reference.")
    ] = False,
    color: Annotated[bool | None, typer.Option("--color/--no-color", help="Colour the levels.")] = None,
) -> int:
    """Analyze mesh configuration and print what is wrong with it.

    Exit codes: 79 for an error, 65 when something could not be read, 64 for wrong usage, 0 otherwise.

    Examples:

      meshctl analyze manifests/

      kubectl get -A -o yaml virtualservices,services | meshctl analyze -

      meshctl analyze --strict -o json mesh.yaml
    """
    from meshctl.cli.linting import lint

    return lint(files or [], namespace=namespace, output=output, strict=strict, color=color)
