"""What is changed in the rendered objects of a component: its settings under `k8s`, then its overlays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from meshctl.charts.components import Component
from meshctl.charts.overlays import patch_path
from meshctl.charts.trees import Tree, nested
from meshctl.model.strategic_merge import ANY, SHAPES, MergeError, merge

_WORKLOAD = {
    "affinity": ("spec", "template", "spec", "affinity"),
    "nodeSelector": ("spec", "template", "spec", "nodeSelector"),
    "podAnnotations": ("spec", "template", "metadata", "annotations"),
    "priorityClassName": ("spec", "template", "spec", "priorityClassName"),
    "replicaCount": ("spec", "replicas"),
    "securityContext": ("spec", "template", "spec", "securityContext"),
    "strategy": ("spec", "strategy"),
    "tolerations": ("spec", "template", "spec", "tolerations"),
}
"""Settings of a workload and where they belong in it."""

_DAEMON_SET = {"strategy": ("spec", "updateStrategy")}
"""Settings that have another place in a DaemonSet."""

_CONTAINER = {
    "env": "env",
    "imagePullPolicy": "imagePullPolicy",
    "readinessProbe": "readinessProbe",
    "resources": "resources",
}
"""Settings of the component's container."""

_OTHERS = {
    "hpaSpec": ("HorizontalPodAutoscaler", ("spec",)),
    "podDisruptionBudget": ("PodDisruptionBudget", ("spec",)),
    "service": ("Service", ("spec",)),
    "serviceAnnotations": ("Service", ("metadata", "annotations")),
}
"""Settings of the objects beside the workload."""


_SOURCES = ("value", "valueFrom")
"""Where a variable has its value from: one of them."""

_HANDLERS = ("exec", "grpc", "httpGet", "tcpSocket")
"""How a probe asks: in one way."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A strategic merge patch for the object of that kind and name; `setting` is what it comes from."""

    setting: str
    kind: str
    name: str
    body: Tree


@dataclass(frozen=True, slots=True)
class Patched:
    """The objects after the patches, and lines about those that found nothing to change."""

    objects: list[Tree]
    warnings: tuple[str, ...] = ()


def kubernetes_patches(component: Component) -> Iterator[Patch]:
    """The patches that a component's settings under `k8s` stand for."""
    kind, name = component.kind, component.object_name
    if not kind.workload:
        return
    for setting, value in component.k8s.items():
        if value is None:
            continue
        value = _complete(setting, value)
        if setting in _WORKLOAD:
            way = _WORKLOAD[setting]
            if kind.workload == "DaemonSet":
                if setting == "replicaCount":
                    continue  # a DaemonSet has a pod on each node; `checks` tells the user
                way = _DAEMON_SET.get(setting, way)
            yield Patch(setting, kind.workload, name, nested(way, value))
        elif setting in _CONTAINER:
            container = {"name": kind.container, _CONTAINER[setting]: value}
            body = nested(("spec", "template", "spec", "containers"), [container])
            yield Patch(setting, kind.workload, name, body)
        elif setting in _OTHERS:
            target, way = _OTHERS[setting]
            if setting == "service" and kind.gateways and isinstance(value, dict):
                # The ports of a gateway went into the values, from which the chart also makes the container's ports.
                value = {key: part for key, part in value.items() if key != "ports"}
                if not value:
                    continue
            yield Patch(setting, target, name, nested(way, value))


def _complete(setting: str, value: Any) -> Any:
    """The setting with null for what it rules out: merged with it, the object would be one that the API server refuses.

    A variable has one source and a probe one handler; a Deployment whose pods are all replaced at once rolls nothing.
    """
    if setting == "env" and isinstance(value, list):
        return [_one_of(_SOURCES, item) if isinstance(item, dict) else item for item in value]
    if setting == "readinessProbe" and isinstance(value, dict):
        return _one_of(_HANDLERS, value)
    if setting == "strategy" and isinstance(value, dict) and value.get("type") == "Recreate":
        return {"rollingUpdate": None, **value}
    return value


def _one_of(names: Sequence[str], value: Mapping[str, Any]) -> Tree:
    given = any(value.get(name) is not None for name in names)
    return {**(dict.fromkeys(names) if given else {}), **value}


def apply(component: Component, objects: Sequence[Mapping[str, Any]]) -> Patched:
    """The rendered objects of a component with its patches and overlays; the objects given stay as they are.

    A patch or an overlay without its object changes nothing and is told in a warning.
    """
    found: list[Tree] = [dict(item) for item in objects]
    places: dict[tuple[Any, Any], list[int]] = {}
    for index, item in enumerate(found):
        metadata = item.get("metadata")
        name = metadata.get("name") if isinstance(metadata, dict) else None
        places.setdefault((item.get("kind"), name), []).append(index)
    warnings = []
    for patch in kubernetes_patches(component):
        indexes = places.get((patch.kind, patch.name), [])
        if not indexes:
            warnings.append(
                f"{component}: k8s.{patch.setting} has no effect, as no {patch.kind} {patch.name!r} is rendered"
            )
        for index in indexes:
            try:
                found[index] = merge(found[index], patch.body, SHAPES.get(patch.kind, ANY))
            except MergeError as error:
                warnings.append(f"{component}: k8s.{patch.setting} cannot be merged: {error.message}")
            if patch.setting == "podDisruptionBudget":
                _one_limit(found[index])
    for overlay in _mappings(component.k8s.get("overlays")):
        kind, name = overlay.get("kind"), overlay.get("name")
        indexes = places.get((kind, name), []) if isinstance(kind, str) and isinstance(name, str) else []
        if not indexes:
            rendered = ", ".join(str(other) for of_kind, other in places if of_kind == kind)
            instead = f"; of this kind there is {rendered}" if rendered else ""
            warnings.append(
                f"{component}: the overlay of {kind} {name!r} has no effect, as no such object is rendered{instead}"
            )
        for index in indexes:
            for change in _mappings(overlay.get("patches")):
                path = change.get("path")
                if not isinstance(path, str):
                    continue
                changed, problem = patch_path(found[index], path, change.get("value"))
                found[index] = changed
                if problem:
                    warnings.append(f"{component}: the overlay of {kind} {name!r} at {path!r} has no effect: {problem}")
    return Patched(found, tuple(warnings))


def _one_limit(budget: Tree) -> None:
    """Keeps one of the two limits of a PodDisruptionBudget, which takes only one."""
    spec = budget.get("spec")
    if isinstance(spec, dict) and spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        budget["spec"] = {key: value for key, value in spec.items() if key != "minAvailable"}


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
