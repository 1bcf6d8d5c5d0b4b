"""From an installation to the objects that it consists of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meshctl.charts.chart import chart
from meshctl.charts.components import Component
from meshctl.charts.errors import InstallationError
from meshctl.charts.installation import Installation
from meshctl.charts.patches import apply
from meshctl.charts.rendering import Release, render
from meshctl.charts.subcharts import crds, with_wanted
from meshctl.charts.target import OFFLINE, Target
from meshctl.charts.trees import value_at
from meshctl.documents import Chunk, DocumentError, parse, split, write_yaml

RELEASE = "istio"
"""The release name of every component."""

_RANKS = {
    "CustomResourceDefinition": -1000,
    "ServiceAccount": 1,
    "ClusterRole": 1,
    "ClusterRoleBinding": 2,
    "ValidatingWebhookConfiguration": 3,
    "ConfigMap": 100,
    "HorizontalPodAutoscaler": 1001,
    "Service": 10000,
}
"""What has to be there before other things, and what comes after them: 1000 is the rank of all other kinds."""

_SUBDOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")

_NAMES = {"Service": re.compile(r"(?=.{1,63}$)[a-z]([-a-z0-9]*[a-z0-9])?")}
"""What Kubernetes takes as a name, by kind; any other kind takes a subdomain."""

_NAMED_FREELY = frozenset({"Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"})

_LARGE = 20_000
"""Characters from which on a text is not read as a whole at once."""

_REST = re.compile(r"^(?:data|spec):$", re.MULTILINE)
"""Where the part of an object begins that does not tell which object it is."""


class Manifest:
    """One object of an installation: its text, its data, and the component that it belongs to.

    `head` is the data as far as it tells which object this is; the whole is read from the text when it is asked for.
    """

    __slots__ = ("_data", "component", "head", "text")

    def __init__(self, component: str, text: str, head: Mapping[str, Any], data: Mapping[str, Any] | None) -> None:
        self.component = component
        self.text = text
        self.head = head
        self._data = data

    @property
    def data(self) -> Mapping[str, Any]:
        """The whole object."""
        if self._data is None:
            self._data = parse(Chunk(self.text, 1)).data
        return self._data

    @property
    def kind(self) -> str:
        """The kind of the object."""
        return str(self.head.get("kind", ""))

    @property
    def group(self) -> str:
        """The API group of the object; empty for the core group."""
        return str(self.head.get("apiVersion", "")).rpartition("/")[0]

    @property
    def name(self) -> str:
        """The name of the object."""
        metadata = self.head.get("metadata")
        return str(metadata.get("name", "")) if isinstance(metadata, dict) else ""

    @property
    def namespace(self) -> str:
        """The namespace of the object; empty for one that is cluster-wide or does not say."""
        metadata = self.head.get("metadata")
        return str(metadata.get("namespace", "")) if isinstance(metadata, dict) else ""


@dataclass(frozen=True, slots=True)
class Manifests:
    """The objects of an installation in the order of installing, and lines for the user about doubtful settings."""

    objects: tuple[Manifest, ...]
    warnings: tuple[str, ...] = ()


def manifests(installation: Installation, target: Target = OFFLINE) -> Manifests:
    """Renders every component, patches its objects and puts them in order; raises `InstallationError`."""
    objects: list[Manifest] = []
    warnings = list(installation.warnings)
    for component in installation.components:
        found = component_manifests(component, installation.package, target)
        objects += found.objects
        warnings += found.warnings
    warnings += _rendered_twice(objects)
    warnings += _refused_later(objects)
    return Manifests(tuple(in_order(objects)), tuple(warnings))


def _rendered_twice(objects: Iterable[Manifest]) -> Iterator[str]:
    """A line for each two components that render one object, of which the last then replaces the other."""
    owners: dict[tuple[str, str, str, str], str] = {}
    told: set[tuple[str, str]] = set()
    for item in objects:
        key = (item.group, item.kind, item.namespace, item.name)
        pair = (owners.get(key, ""), item.component)
        if key in owners and pair not in told:
            told.add(pair)
            both = pair[0] if pair[0] == pair[1] else f"{pair[0]} and {pair[1]}"
            yield f"{both}: {item.kind} {item.name!r} is rendered twice, and the last one replaces the other"
        owners[key] = item.component


def _refused_later(objects: Iterable[Manifest]) -> Iterator[str]:
    """A line for each object that the API server will refuse for what values made of it: its name, or its bounds."""
    for item in objects:
        if item.kind not in _NAMED_FREELY and not _NAMES.get(item.kind, _SUBDOMAIN).fullmatch(item.name):
            yield f"{item.component}: no {item.kind} may be called {item.name[:100]!r}"
        if item.kind == "HorizontalPodAutoscaler":
            low, high = (value_at(item.data, f"spec.{name}") for name in ("minReplicas", "maxReplicas"))
            if isinstance(low, int) and isinstance(high, int) and low > high:
                yield (
                    f"{item.component}: HorizontalPodAutoscaler {item.name!r} asks for at least {low} replicas and "
                    f"at most {high}"
                )


def component_manifests(component: Component, package: str = "", target: Target = OFFLINE) -> Manifests:
    """The objects of one component, in the order of its chart."""
    source = chart(component.chart, package)
    texts = render(source, component.values, Release(RELEASE, component.namespace), target)
    warnings = []
    objects = []
    if value_at(component.values, "base.enableIstioConfigCRDs") is not False or component.kind.name != "base":
        for path, text in crds(with_wanted(source, component.values)):
            objects += _objects(str(component), f"{component.chart}/{path}", text, ours=False)
    for path, text in texts.items():
        if path.endswith("NOTES.txt"):
            lines = text.splitlines() if path == "templates/NOTES.txt" else []  # those of charts within are not shown
            notes = (line.strip() for line in lines)
            warnings += [f"{component}: {line[8:].strip()}" for line in notes if line.startswith("WARNING:")]
        else:
            objects += _objects(str(component), f"{component.chart}/{path}", text, ours=not package)
    if component.k8s:
        patched = apply(component, [manifest.data for manifest in objects])
        warnings += patched.warnings
        objects = [
            old if new == old.data else Manifest(old.component, write_yaml(new), new, new)
            for old, new in zip(objects, patched.objects, strict=True)
        ]
    return Manifests(tuple(objects), tuple(warnings))


def in_order(objects: Iterable[Manifest]) -> list[Manifest]:
    """The objects in the order in which they are installed: by what kinds need, then group, kind and name."""
    return sorted(objects, key=lambda item: (_RANKS.get(item.kind, 1000), item.group, item.kind, item.name))


def _objects(component: str, path: str, text: str, *, ours: bool) -> list[Manifest]:
    found = []
    for chunk in split(text):
        # Of our own large texts, CRDs for the most part, nobody needs more than the first lines as a rule.
        end = _REST.search(chunk.text) if ours and len(chunk.text) > _LARGE else None
        try:
            data = parse(Chunk(chunk.text[: end.start()], chunk.line) if end else chunk).data
        except DocumentError as error:
            raise InstallationError(
                f"{path} gives no YAML for these values, line {error.line} of its output: {error.message}",
                hint=error.hint,
            ) from error
        if isinstance(data, dict) and data:
            found.append(Manifest(component, chunk.text.strip("\n") + "\n", data, None if end else data))
        elif data is not None and data != {}:
            raise InstallationError(f"{path} gives something else than objects for these values")
    return found


def stream(objects: Iterable[Manifest]) -> str:
    """One YAML text of all objects, each followed by a separator."""
    return "".join(f"{item.text}---\n" for item in objects)


def output_files(found: Manifests, output: str) -> dict[str, str]:
    """What to write for an output path, by file: a YAML file with all objects, or a folder with one per component."""
    path = Path(output)
    parts: dict[str, list[Manifest]] = {}
    for item in found.objects:
        name = re.sub(r"[^A-Za-z0-9.-]+", "-", item.component).strip("-")
        file = path if path.suffix in (".yaml", ".yml") else path / f"{name}.yaml"
        parts.setdefault(str(file), []).append(item)
    return {file: stream(objects) for file, objects in parts.items()}
