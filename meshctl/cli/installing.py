"""Options that say what to install, shared by the commands that take an IstioOperator."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from meshctl.cli.clusters import open_cluster
from meshctl.cli.values import REVISION_NAMES, SETTINGS

if TYPE_CHECKING:
    from meshctl.charts.installation import Installation
    from meshctl.charts.manifests import Manifests
    from meshctl.kube import Cluster

FilesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--filename", "-f", metavar="FILE|-", help="IstioOperator file; may be repeated, later ones win over earlier."
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        "-s",
        metavar="PATH=VALUE",
        click_type=SETTINGS,
        help="Set a field of spec; may be repeated, wins over files.",
    ),
]
ManifestsOption = Annotated[
    str,
    typer.Option(
        "--manifests", "-d", "--charts", metavar="DIRECTORY", help="Folder with charts/ and profiles/ of your own."
    ),
]
RevisionOption = Annotated[
    str,
    typer.Option(
        "--revision",
        "-r",
        metavar="NAME",
        click_type=REVISION_NAMES,
        help="Revision of the control plane; wins over --set.",
    ),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Go on in spite of problems in the input.")]


def server_version(cluster: Cluster) -> str:
    """The version of a cluster for the merging of settings; none where Google's clusters are not to be told."""
    if os.environ.get("AUTO_GKE_DETECTION", "true").lower() in ("0", "f", "false"):
        return ""
    return str(cluster.server_version.get("gitVersion", ""))


def resolved_for(cluster: Cluster, resolve: Callable[..., Installation]) -> Installation:
    """The installation for a cluster, with warnings about its network plugins; `resolve` takes the server's version."""
    from dataclasses import replace

    from meshctl.charts.network_plugins import plugin_warnings

    installation = resolve(server_version=server_version(cluster))
    kinds = {component.kind.name for component in installation.components}
    return replace(installation, warnings=(*installation.warnings, *plugin_warnings(cluster, kinds)))


def for_cluster(resolve: Callable[..., Installation]) -> Manifests:
    """The manifests of an installation for the cluster of the command."""
    from meshctl.charts.manifests import manifests
    from meshctl.charts.target import target_of

    with open_cluster() as cluster:
        return manifests(resolved_for(cluster, resolve), target_of(cluster))
