"""`meshctl manifest generate|diff|translate`."""

from __future__ import annotations

import sys
from functools import partial
from typing import Annotated

import typer

from meshctl.cli.installing import (
    FilesOption,
    ForceOption,
    ManifestsOption,
    RevisionOption,
    SetOption,
    for_cluster,
)
from meshctl.cli.values import FILES


def manifest_generate(
    filename: FilesOption = None,
    sets: SetOption = None,
    manifests: ManifestsOption = "",
    revision: RevisionOption = "",
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            click_type=FILES,
            help="Write to this .yaml file, or one file per component to this folder.",
        ),
    ] = "",
    force: ForceOption = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do not write files, only say which.")] = False,
    cluster_specific: Annotated[
        bool,
        typer.Option("--cluster-specific", help="Ask the cluster for its version, its kinds and its network plugins."),
    ] = False,
    selection: Annotated[list[str] | None, typer.Option("--filter", hidden=True, help="Has no effect.")] = None,
) -> int:
    """Print the manifests of an installation; warnings go to the standard error.

    No cluster is asked unless --cluster-specific is given. AUTO_GKE_DETECTION=false leaves Google's clusters as others.

    Examples:

      meshctl manifest generate --set profile=demo

      meshctl manifest generate -f operator.yaml --set values.global.network=east -o manifests/
    """
    from meshctl.charts.installation import resolve
    from meshctl.charts.manifests import manifests as rendered
    from meshctl.charts.manifests import output_files, stream
    from meshctl.output.writing import write_files

    wish = partial(resolve, filename or (), sets or (), revision=revision, package=manifests, force=force)
    found = for_cluster(wish) if cluster_specific else rendered(wish())
    for warning in found.warnings:
        print(f"Warning: {warning}", file=sys.stderr)
    if not output:
        sys.stdout.write(stream(found.objects))
        return 0
    files = output_files(found, output)
    if not dry_run:
        write_files(files)
    for path in files:
        print(path)
    return 0


def manifest_diff(
    first: Annotated[str, typer.Argument(metavar="FILE|FOLDER", help="Manifests.")],
    second: Annotated[str, typer.Argument(metavar="FILE|FOLDER", help="Manifests to compare them with.")],
    directory: Annotated[
        bool, typer.Option("--directory", "-r", hidden=True, help="The arguments are folders; found out anyway.")
    ] = False,
) -> int:
    """Show what differs between two sets of manifests, object by object, whatever their order and layout.

    Exit codes: 79 when they differ, 0 when they are the same.

    Example: meshctl manifest diff before/ after/
    """
    from meshctl.charts.comparison import differences, read_objects
    from meshctl.errors import FINDING

    found = False
    for line in differences(read_objects(first), read_objects(second), first, second):
        found = True
        print(line)
    return FINDING if found else 0


def manifest_translate(
    filename: FilesOption = None,
    sets: SetOption = None,
    manifests: ManifestsOption = "",
    revision: RevisionOption = "",
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="DIRECTORY", help="Folder to write to; a new one without.")
    ] = "",
) -> int:
    """Write what moves an installation to Helm: values and a script for each component, and a README.

    Prints the folder.

    Example: meshctl manifest translate -f operator.yaml -o helm/
    """
    import dataclasses
    import tempfile

    from meshctl.charts.installation import resolve
    from meshctl.charts.manifests import component_manifests
    from meshctl.charts.migration import migrate
    from meshctl.output.writing import write_folder

    installation = resolve(filename or (), sets or (), revision=revision, package=manifests)
    found = migrate(
        installation,
        lambda component: [
            item.data
            for item in component_manifests(dataclasses.replace(component, k8s={}), installation.package).objects
        ],
    )
    for line in installation.warnings:
        print(f"Warning: {line}", file=sys.stderr)
    folder = output or tempfile.mkdtemp(prefix="istio-helm-")
    write_folder(folder, found.files, executable=found.scripts)
    print(folder)
    return 0
