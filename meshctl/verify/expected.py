"""What should be in the cluster: from files of the user, or from what an installation recorded of itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from meshctl.charts.chart import chart
from meshctl.charts.comparison import read_objects
from meshctl.charts.errors import InstallationError
from meshctl.charts.installation import TAG, resolve
from meshctl.charts.manifests import manifests
from meshctl.charts.rendering import Release, render
from meshctl.charts.target import Target
from meshctl.documents import Chunk, parse, split
from meshctl.install.identity import Object, labels, metadata
from meshctl.kube import Cluster, ClusterError
from meshctl.model.injectors import DEFAULT_REVISION
from meshctl.model.kinds.config_map import CONFIG_MAP
from meshctl.model.kinds.deployment import DEPLOYMENT
from meshctl.model.membership import REVISION

_RECORD = "values"
"""The ConfigMap in which the chart of istiod keeps its values for people; a revision follows with a hyphen."""

_VERSION = "app.kubernetes.io/version"


@dataclass(frozen=True, slots=True)
class Expected:
    """An installation as it should be.

    `recorded` says that this is what the installation tells of itself: what the installer changed after rendering, as
    the overlays of an IstioOperator do, is unknown then. `problem` is why the objects are not known, without them.
    """

    title: str
    revision: str
    namespace: str
    objects: tuple[Object, ...] = ()
    recorded: bool = False
    problem: str = ""


def from_files(files: Sequence[str], sets: Sequence[str], *, revision: str, package: str, target: Target) -> Expected:
    """What IstioOperators and settings render to, or the objects of manifests; raises `InstallationError`.

    Files are manifests when the first object in them is no IstioOperator.
    """
    if files and not sets and not revision and not package:
        objects = _manifests(files)
        if objects:
            return Expected(", ".join(files), "", "", tuple(objects))
    installation = resolve(files, sets, revision=revision, package=package)
    rendered = manifests(installation, target)
    title = f"profile {installation.profile}"
    return Expected(
        title,
        installation.revision or DEFAULT_REVISION,
        installation.namespace,
        tuple(item.data for item in rendered.objects),
    )


def installed(cluster: Cluster, namespace: str, *, revision: str = "", target: Target) -> list[Expected]:
    """The control planes in a namespace, by revision, each as its recorded values say; of one revision on request.

    Raises a `ClusterError` when the Deployments of istiod cannot be read.
    """
    type_ = cluster.type_of({"apiVersion": DEPLOYMENT.api_version, "kind": DEPLOYMENT.name})
    wanted = f"app=istiod,{REVISION}={revision}" if revision else f"app=istiod,{REVISION}"
    found = cluster.objects(type_, namespace, labels=wanted)
    ordered = sorted(found, key=lambda item: str(labels(item).get(REVISION)))
    return cluster.each(lambda item: _recorded(cluster, item, target), ordered)


def _recorded(cluster: Cluster, deployment: Object, target: Target) -> Expected:
    own = labels(deployment)
    revision, namespace = str(own.get(REVISION)), str(metadata(deployment).get("namespace"))
    title = f"revision {revision}"
    version = str(own.get(_VERSION, ""))
    if version and version != TAG:
        return Expected(title, revision, namespace, problem=f"it is of release {version}, and these charts of {TAG}")
    suffix = "" if revision == DEFAULT_REVISION else f"-{revision}"
    try:
        values = _values(cluster, namespace, f"{_RECORD}{suffix}")
        release = Release(str(own.get("release") or "istio"), namespace)
        texts = render(chart("istiod"), values, release, target)
    except (ClusterError, InstallationError) as error:
        return Expected(title, revision, namespace, problem=error.message)
    return Expected(title, revision, namespace, tuple(_objects(texts)), recorded=True)


def _values(cluster: Cluster, namespace: str, name: str) -> Mapping[str, Any]:
    """The values that the user of the chart gave, as the chart keeps them."""
    type_ = cluster.type_of({"apiVersion": CONFIG_MAP.api_version, "kind": CONFIG_MAP.name})
    found = cluster.get(type_, name, namespace)
    if found is None:
        raise InstallationError(f"there is no ConfigMap {namespace}/{name} with the values of the installation")
    try:
        values = json.loads((found.get("data") or {}).get("original-values", ""))
    except ValueError as error:
        raise InstallationError(f"ConfigMap {namespace}/{name} does not hold the values as JSON") from error
    return values if isinstance(values, dict) else {}


def _manifests(files: Iterable[str]) -> list[Object]:
    names = [name for file in files for name in file.split(",") if name]
    if "-" in names:
        return []
    found = [data for name in names for data in read_objects(name).values()]
    if any(data.get("kind") == "IstioOperator" for data in found):
        return []
    return found


def _objects(texts: Mapping[str, str]) -> Iterator[Object]:
    for path, text in texts.items():
        if path.endswith("NOTES.txt"):
            continue
        for chunk in split(text):
            data = parse(Chunk(chunk.text, chunk.line)).data
            if isinstance(data, dict) and data:
                yield data
