"""`meshctl analyze`."""

from __future__ import annotations

from typing import Annotated

import typer

from meshctl.cli.options import ColorOption, IstioNamespaceOption, NamespaceOption, OutputFileOption, OutputOption
from meshctl.cli.values import ANALYZERS, CONTEXTS, LEVELS, REVISIONS, SUPPRESSIONS


def analyze(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE|DIRECTORY|-]...", help="What to read; - is standard input.")
    ] = None,
    namespace: NamespaceOption = "",
    istio_namespace: IstioNamespaceOption = "",
    all_namespaces: Annotated[
        bool,
        typer.Option("--all-namespaces/--no-all-namespaces", "-A", help="Report on all namespaces of a cluster."),
    ] = False,
    use_kube: Annotated[
        bool | None,
        typer.Option("--use-kube/--no-use-kube", "-k", help="Read the cluster, beside the files if any are named."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict/--no-strict", help="Take the input for the whole mesh: judge every reference.")
    ] = False,
    analyzer: Annotated[
        list[str] | None,
        typer.Option(
            "--analyzer", metavar="NAME", click_type=ANALYZERS, help="Run only this analyzer; may be repeated."
        ),
    ] = None,
    list_analyzers: Annotated[
        bool, typer.Option("--list-analyzers/--no-list-analyzers", "-L", help="List the analyzers and stop.")
    ] = False,
    suppress: Annotated[
        list[str] | None,
        typer.Option(
            "--suppress",
            "-S",
            metavar="CODE=PATTERN",
            click_type=SUPPRESSIONS,
            help='Drop messages of a code for resources like "Pod shop/*" or "Pod *.shop"; may be repeated.',
        ),
    ] = None,
    failure_threshold: Annotated[
        str,
        typer.Option(
            "--failure-threshold", metavar="LEVEL", click_type=LEVELS, help="Exit with 79 from this level on."
        ),
    ] = "Error",
    output_threshold: Annotated[
        str,
        typer.Option(
            "--output-threshold", metavar="LEVEL", click_type=LEVELS, help="Show messages from this level on."
        ),
    ] = "Info",
    output: OutputOption = "log",
    output_file: OutputFileOption = None,
    color: ColorOption = None,
    ignore_unknown: Annotated[
        bool,
        typer.Option("--ignore-unknown/--no-ignore-unknown", help="Do not fail because of unreadable documents."),
    ] = False,
    mesh_config_file: Annotated[
        str, typer.Option("--meshConfigFile", metavar="FILE", help="Mesh config that counts instead of any other.")
    ] = "",
    revision: Annotated[
        str,
        typer.Option(
            "--revision", "-r", metavar="NAME", click_type=REVISIONS, help="Revision to look at in a cluster."
        ),
    ] = "default",
    recursive: Annotated[bool, typer.Option("--recursive/--no-recursive", "-R", hidden=True)] = False,
    remote_contexts: Annotated[
        list[str] | None,
        typer.Option(
            "--remote-contexts",
            metavar="NAME",
            click_type=CONTEXTS,
            help="Context of another cluster of the mesh; may be repeated.",
        ),
    ] = None,
    timeout: Annotated[
        str, typer.Option("--timeout", metavar="DURATION", help="Time for reading a cluster, as 30s.")
    ] = "30s",
    timing: Annotated[bool, typer.Option("--timing/--no-timing", help="Tell how long each analyzer took.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose/--no-verbose", "-v", help="Name the analyzers that ran.")] = False,
) -> int:
    """Analyze mesh configuration and print what is wrong with it.

    Exit codes: 79 for a finding at or above the failure threshold, 65 when something could not be read, 64 for wrong
    usage, 0 otherwise.

    Examples:

      meshctl analyze manifests/

      meshctl analyze --strict --failure-threshold Warning -o github manifests/

      meshctl analyze -A                        # the cluster

      meshctl analyze --use-kube vs.yaml        # a file as it will be in the cluster
    """
    from meshctl.cli import clusters
    from meshctl.cli.durations import check_duration
    from meshctl.cli.linting import Request, lint, print_analyzers

    seconds = check_duration(timeout, "--timeout")
    if list_analyzers:
        return print_analyzers()
    return lint(
        Request(
            names=files or [],
            namespace=namespace,
            istio_namespace=istio_namespace or clusters.istio_namespace(),
            strict=strict,
            analyzers=analyzer or [],
            suppress=suppress or [],
            failure_threshold=failure_threshold,
            output_threshold=output_threshold,
            output=output,
            output_files=output_file or [],
            color=color,
            ignore_unknown=ignore_unknown,
            mesh_config_file=mesh_config_file,
            use_kube=use_kube,
            all_namespaces=all_namespaces,
            revision=revision,
            timeout=seconds,
            remote_contexts=remote_contexts or [],
            timing=timing,
            verbose=verbose,
        )
    )
