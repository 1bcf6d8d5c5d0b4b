"""The containers of the injector: their names, their order, and what is found by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

PROXY = "istio-proxy"
INIT = "istio-init"
VALIDATION = "istio-validation"
CORE_DUMP = "enable-core-dump"

NAMES = frozenset({PROXY, INIT, VALIDATION, CORE_DUMP})


def containers_of(spec: Mapping[str, Any], key: str = "containers") -> list[Any]:
    """The containers (or `initContainers`) of a pod; empty if missing or no list."""
    found = spec.get(key)
    return found if isinstance(found, list) else []


def find(spec: Mapping[str, Any], name: str) -> tuple[str, int] | None:
    """Where the container of a name is, `containers` before `initContainers`: the list and the index."""
    for key in ("containers", "initContainers"):
        for index, container in enumerate(containers_of(spec, key)):
            if isinstance(container, dict) and container.get("name") == name:
                return key, index
    return None


def with_container(spec: dict[str, Any], place: tuple[str, int], container: dict[str, Any]) -> dict[str, Any]:
    """The spec with another container in a place."""
    key, index = place
    changed = list(spec[key])
    changed[index] = container
    return {**spec, key: changed}


def in_order(spec: dict[str, Any], hold_application: bool) -> dict[str, Any]:
    """The spec with the injector's containers where they have to run.

    The proxy is the last container, so that `kubectl exec` finds the application; the first if the application is to
    wait for it. A native sidecar runs before other init containers, right after its traffic is redirected; a
    classic one cannot serve init containers, so traffic is redirected after them.
    """
    found = dict(spec)
    if "containers" in spec:
        order = {PROXY: -1 if hold_application else 1}
        found["containers"] = _sorted(containers_of(spec), order)
    if containers_of(spec, "initContainers"):
        items = containers_of(spec, "initContainers")
        if any(isinstance(item, dict) and item.get("name") == PROXY for item in items):
            order = {INIT: -4, VALIDATION: -3, PROXY: -2, CORE_DUMP: -1}
        else:
            order = {VALIDATION: -1, INIT: 1, CORE_DUMP: 2}
        found["initContainers"] = _sorted(items, order)
    return found


def _sorted(items: Iterable[Any], order: Mapping[str, int]) -> list[Any]:
    """Stable, by the order; names without one have 0. Of several items with a name of the order the last one stays."""
    last: dict[str, int] = {}
    listed = list(items)
    places = []
    for index, item in enumerate(listed):
        name = item.get("name") if isinstance(item, dict) else None
        place = order.get(name, 0) if isinstance(name, str) else 0
        if place and isinstance(name, str):
            last[name] = index
        places.append(place)
    kept = [
        index
        for index, item in enumerate(listed)
        if not places[index] or last.get(item["name"] if isinstance(item, dict) else "") == index
    ]
    return [listed[index] for index in sorted(kept, key=lambda index: places[index])]
