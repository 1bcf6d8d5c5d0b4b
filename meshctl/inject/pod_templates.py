"""Where the objects that make pods keep the template of their pods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from meshctl.inject.kubernetes_form import scalar_text
from meshctl.model.kind import split_api_version

_TEMPLATE = ("spec", "template")

_PATHS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("", "Pod"): (),
    ("", "ReplicationController"): _TEMPLATE,
    ("apps", "Deployment"): _TEMPLATE,
    ("apps", "DaemonSet"): _TEMPLATE,
    ("apps", "ReplicaSet"): _TEMPLATE,
    ("apps", "StatefulSet"): _TEMPLATE,
    # The group that Deployment, DaemonSet and ReplicaSet left in Kubernetes 1.16; manifests of that time still exist.
    ("extensions", "Deployment"): _TEMPLATE,
    ("extensions", "DaemonSet"): _TEMPLATE,
    ("extensions", "ReplicaSet"): _TEMPLATE,
    ("batch", "Job"): _TEMPLATE,
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
    ("apps.openshift.io", "DeploymentConfig"): _TEMPLATE,
    ("", "DeploymentConfig"): _TEMPLATE,
}
"""Group and kind, both: a Job of another group is another thing."""

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class PodTemplate:
    """A pod, or the object that makes pods of a template: `owner` is the object, `path` leads to it and `pod` below it.

    `path` has steps for the items of a List only.
    """

    owner: Mapping[str, Any]
    path: Path
    pod_path: tuple[str, ...]

    @property
    def kind(self) -> str:
        """The kind of the object."""
        return str(self.owner["kind"])

    @property
    def pod(self) -> Mapping[str, Any] | None:
        """The mapping with the pod's metadata and spec; None if it is missing or no mapping."""
        found: Any = self.owner
        for step in self.pod_path:
            found = found.get(step) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else None

    @property
    def name(self) -> str:
        """The name of the object, or its `generateName`."""
        return _text(self.owner, "name") or _text(self.owner, "generateName")

    @property
    def namespace(self) -> str:
        """The namespace that the object, or else its template, names; empty without one."""
        return _text(self.owner, "namespace") or _text(self.pod or {}, "namespace")

    @property
    def full_name(self) -> str:
        """`Kind namespace/name`, as reports call it."""
        name = self.name or "without a name"
        return f"{self.kind} {self.namespace}/{name}" if self.namespace else f"{self.kind} {name}"


def _text(data: Mapping[str, Any], key: str) -> str:
    metadata = data.get("metadata")
    return text_of(metadata.get(key)) if isinstance(metadata, dict) else ""


def text_of(value: Any) -> str:
    """A scalar as Kubernetes' reader of YAML takes it for a text; empty for anything else."""
    return value if isinstance(value, str) else "" if isinstance(value, dict | list) else scalar_text(value)


def pod_templates(data: Any, path: Path = ()) -> Iterator[PodTemplate]:
    """The pods and templates of pods in a document; a List is looked through, however deep."""
    if not isinstance(data, dict):
        return
    kind, api_version = data.get("kind"), data.get("apiVersion")
    if not isinstance(kind, str) or not isinstance(api_version, str):
        return
    if kind == "List":
        items = data.get("items")
        for index, item in enumerate(items if isinstance(items, list) else ()):
            yield from pod_templates(item, (*path, "items", index))
        return
    found = _PATHS.get((split_api_version(api_version)[0], kind))
    if found is not None:
        yield PodTemplate(data, path, found)


def replaced(data: Mapping[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """The data with another value at a path; only the mappings and lists on the way are new."""
    if not path:
        return dict(value)
    result: Any = dict(data)
    at: Any = result
    for step in path[:-1]:
        inner = at[step]
        at[step] = list(inner) if isinstance(inner, list) else dict(inner)
        at = at[step]
    at[path[-1]] = value
    return dict(result)
