"""Containers of the user that have the name of an injected one: they customize it.

The template's container is laid over the pod, and the user's settings over that again, so that they win.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from meshctl.errors import UnreadableError
from meshctl.gotemplate.json_writer import json_in_order
from meshctl.inject.annotations import OVERRIDES
from meshctl.inject.containers import INIT, PROXY, VALIDATION, containers_of, find, with_container
from meshctl.inject.go_types import as_go_writes
from meshctl.inject.kubernetes_form import WrongTypeError, overlay
from meshctl.model.strategic_merge import CONTAINER, merge

AUTO = "auto"
"""The image of a container that is there to be customized: the template's image takes its place."""

_HANDLERS = ("httpGet", "tcpSocket", "grpc", "exec", "sleep")
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")

Overrides = dict[str, list[dict[str, Any]]]


class OverridesError(UnreadableError):
    """A container that customizes an injected one, or the annotation that keeps such, that cannot be used."""


def find_overrides(pod: Mapping[str, Any], template: Mapping[str, Any]) -> Overrides:
    """The user's containers that have the name of a container of the rendered templates, in the lists of those.

    What the annotation says of a container goes before the container itself. Raises `OverridesError` for one with a
    value of a wrong type.
    """
    metadata, spec = pod.get("metadata"), pod.get("spec")
    kept = read((metadata.get("annotations") if isinstance(metadata, dict) else None) or {})
    spec = spec if isinstance(spec, dict) else {}
    found: Overrides = {}
    for key in ("containers", "initContainers"):
        for name in _names(containers_of(template, key)):
            place = find(kept, name) if kept else None
            source: Mapping[str, Any] = kept
            if place is None:
                place, source = find(spec, name), spec
            if place is not None:
                found.setdefault(key, []).append(_overlay(source[place[0]][place[1]]))
    return found


def _names(containers: list[Any]) -> Iterator[str]:
    for container in containers:
        name = container.get("name") if isinstance(container, dict) else None
        if isinstance(name, str):
            yield name


def _overlay(container: dict[str, Any]) -> dict[str, Any]:
    try:
        found = overlay(container)
    except WrongTypeError as error:
        raise OverridesError(f"container {container['name']}: {error}") from error
    return {key: value for key, value in found.items() if not (key == "image" and value == AUTO)}


def apply(pod: dict[str, Any], overrides: Overrides) -> dict[str, Any]:
    """The pod with the user's settings over its containers again."""
    spec = pod["spec"]
    for container in (item for key in ("containers", "initContainers") for item in overrides.get(key, ())):
        place = find(spec, str(container["name"]))
        if place is None:
            continue
        current = spec[place[0]][place[1]]
        spec = with_container(spec, place, _merged(current, container))
    spec = _follow_user(spec, overrides)
    return {**pod, "spec": spec}


def _merged(current: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    base = dict(current)
    for key in _PROBES:
        # A probe has one handler: the user's takes the place of the template's.
        mine, theirs = own.get(key), base.get(key)
        if isinstance(mine, dict) and isinstance(theirs, dict) and any(kind in mine for kind in _HANDLERS):
            base[key] = {name: value for name, value in theirs.items() if name not in _HANDLERS or name in mine}
    lifecycle, theirs = own.get("lifecycle"), base.get("lifecycle")
    if isinstance(lifecycle, dict) and isinstance(theirs, dict):
        base["lifecycle"] = {key: value for key, value in theirs.items() if key not in lifecycle}
    merged = merge(base, own, CONTAINER)
    context, wanted = merged.get("securityContext"), own.get("securityContext")
    if isinstance(context, dict) and isinstance(wanted, dict):
        if wanted.get("runAsUser") == 0 and "runAsNonRoot" not in wanted and context.get("runAsNonRoot"):
            merged["securityContext"] = {**context, "runAsNonRoot": False}
    return merged


def _follow_user(spec: dict[str, Any], overrides: Overrides) -> dict[str, Any]:
    """The init container lets the proxy's own traffic through by its user: another user has to be told to it."""
    proxy = next(
        (item for key in ("containers", "initContainers") for item in overrides.get(key, ()) if item["name"] == PROXY),
        None,
    )
    context = (proxy or {}).get("securityContext")
    if not isinstance(context, dict) or not {"runAsUser", "runAsGroup"} & set(context):
        return spec
    user, group = context.get("runAsUser"), context.get("runAsGroup")
    place = find(spec, INIT) or find(spec, VALIDATION)
    if place is None:
        return spec
    init = dict(spec[place[0]][place[1]])
    args = init.get("args")
    args = list(args) if isinstance(args, list) else []
    if user and "-u" in args[:-1]:
        args[args.index("-u") + 1] = str(user)
        init["args"] = args
    if init.get("name") == VALIDATION and isinstance(init.get("securityContext"), dict):
        ids = {"runAsUser": user, "runAsGroup": group}
        init["securityContext"] = {
            **init["securityContext"],
            **{key: value for key, value in ids.items() if value is not None},
        }
    spec = with_container(spec, place, init)
    if "-m" in args[:-1] and args[args.index("-m") + 1] == "TPROXY":
        found = find(spec, PROXY)
        if found is not None:
            container = dict(spec[found[0]][found[1]])
            container["securityContext"] = {**container.get("securityContext", {}), "runAsUser": 0}
            spec = with_container(spec, found, container)
    return spec


def text(overrides: Overrides) -> str:
    """The overrides as the annotation keeps them."""
    found = {
        key: as_go_writes(overrides[key], "[]v1.Container")
        for key in ("containers", "initContainers")
        if overrides.get(key)
    }
    return json_in_order(found)


def read(annotations: Mapping[str, Any]) -> Overrides:
    """The overrides that the annotation of an injected pod keeps; raises `OverridesError`."""
    kept = annotations.get(OVERRIDES)
    if not isinstance(kept, str) or not kept.strip():
        return {}
    try:
        data = json.loads(kept)
    except (ValueError, RecursionError) as error:
        raise OverridesError(f"annotation {OVERRIDES} cannot be read: {error}") from None
    found: Overrides = {}
    for key in ("containers", "initContainers"):
        items = data.get(key) if isinstance(data, dict) else None
        for item in items if isinstance(items, list) else ():
            if not isinstance(item, dict) or not isinstance(item.get("name"), str):
                raise OverridesError(f"annotation {OVERRIDES} holds a container without a name")
            found.setdefault(key, []).append(item)
    return found
