"""Pods as they are read: what has a wrong form is refused before anything is merged into it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meshctl.errors import UnreadableError
from meshctl.inject.kubernetes_form import scalar_text, with_texts
from meshctl.inject.pod_templates import PodTemplate

_POINTERS = frozenset({"ReplicationController", "DeploymentConfig"})
"""Kinds that cannot be without a template."""

_LISTS = ("containers", "initContainers", "volumes", "imagePullSecrets", "ephemeralContainers")
_KEYED = {"env": "name", "ports": "containerPort", "volumeMounts": "mountPath"}


class PodShapeError(UnreadableError):
    """A pod with a field of a wrong form; the path is that of the field in its object."""


def as_read(template: PodTemplate, pod: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The pod of a template, with texts where they are wanted, as Kubernetes' reader would make them.

    Raises `PodShapeError`.
    """
    path = ".".join(template.pod_path)
    if pod is None:
        pod = _pod(template)
    metadata, spec = _mapping(pod, "metadata", path), _mapping(pod, "spec", path)
    found = {key: value for key, value in pod.items() if value is not None or key not in ("metadata", "spec")}
    for key in ("labels", "annotations"):
        texts = _mapping(metadata, key, _join(path, "metadata"))
        if not all(type(value) is str for value in texts.values()):
            where = _join(path, f"metadata.{key}")
            metadata = {**metadata, key: {name: _text(value, f"{where}.{name}") for name, value in texts.items()}}
            found["metadata"] = metadata
    _check_spec(spec, _join(path, "spec"))
    texts = with_texts(spec)
    if texts is not spec:
        found["spec"] = texts
    return found


def _pod(template: PodTemplate) -> Mapping[str, Any]:
    found: Any = template.owner
    for index, step in enumerate(template.pod_path):
        found = found.get(step)
        if found is None:
            if template.kind in _POINTERS:
                raise PodShapeError("it has no pod template", hint="write one under spec.template")
            return {}
        if not isinstance(found, dict):
            raise PodShapeError(f"{'.'.join(template.pod_path[: index + 1])} must be a mapping")
    return dict(found)


def _check_spec(spec: Mapping[str, Any], path: str) -> None:
    for key in _LISTS:
        items = spec.get(key)
        if items is None:
            continue
        _check_items(items, "name", _join(path, key))
        if key in ("containers", "initContainers"):
            for index, item in enumerate(items):
                for inner, identity in _KEYED.items():
                    if item.get(inner) is not None:
                        _check_items(item[inner], identity, f"{path}.{key}[{index}].{inner}")


def _check_items(items: Any, key: str, path: str) -> None:
    if not isinstance(items, list):
        raise PodShapeError(f"{path} must be a list")
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            raise PodShapeError(f"{path}[{index}] must be a mapping")
        value = item.get(key)
        if value is None or isinstance(value, dict | list):
            raise PodShapeError(f"{path}[{index}] has no {key}")


def _mapping(data: Mapping[str, Any], key: str, path: str) -> Mapping[str, Any]:
    found = data.get(key)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise PodShapeError(f"{_join(path, key)} must be a mapping")
    return found


def _text(value: Any, path: str) -> str:
    if isinstance(value, dict | list):
        raise PodShapeError(f"{path} must be a text")
    return scalar_text(value)


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
