"""Probes and lifecycle handlers: those that go over the network are asked of the proxy's agent, which passes them on.

The kubelet has no certificate of the mesh, so an application that takes mutual TLS only would fail its probes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from meshctl.gotemplate.json_writer import json_in_order
from meshctl.inject.go_types import as_go_writes

ENVIRONMENT = "ISTIO_KUBE_APP_PROBERS"

_PROBES = (("readinessProbe", "readyz"), ("livenessProbe", "livez"), ("startupProbe", "startupz"))
_HOOKS = (("preStop", "prestopz"), ("postStart", "poststartz"))
_PROBE_HANDLERS = ("httpGet", "tcpSocket", "grpc")
_HOOK_HANDLERS = ("httpGet", "tcpSocket")


@dataclass(slots=True)
class Rewritten:
    """Containers after the rewriting, what the agent has to know (by path), and warnings."""

    containers: list[Any]
    probers: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def rewrite(containers: list[Any], proxy: str, port: int, status_port: int) -> Rewritten:
    """Sends the probes of all containers but the proxy to the agent's port.

    A probe of a named port that the container does not have is left alone, with a warning: the agent could not pass it
    on. One of the agent's own port is rewritten, but need not be described to the agent.
    """
    found = Rewritten(list(containers))
    for index, container in enumerate(containers):
        if isinstance(container, dict) and container.get("name") != proxy:
            change = partial(_rewrite, container=container, port=port, status_port=status_port, found=found)
            found.containers[index] = _with_handlers(container, change)
    return found


def _with_handlers(container: dict[str, Any], change: Callable[[dict[str, Any], str, bool], Any]) -> dict[str, Any]:
    """The container with its probes and hooks changed; `change` gets each, the agent's path, and whether it probes."""
    name = container.get("name")
    changed = container
    for key, end in _PROBES:
        probe = container.get(key)
        if isinstance(probe, dict):
            changed = _with(changed, key, change(probe, f"/app-health/{name}/{end}", True))
    lifecycle = container.get("lifecycle")
    if isinstance(lifecycle, dict):
        hooks = lifecycle
        for key, end in _HOOKS:
            hook = lifecycle.get(key)
            if isinstance(hook, dict):
                hooks = _with(hooks, key, change(hook, f"/app-lifecycle/{name}/{end}", False))
        changed = _with(changed, "lifecycle", hooks)
    return changed


def _with(data: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    """The mapping itself if it has the value already."""
    return data if data[key] is value else {**data, key: value}


def _rewrite(
    handler: dict[str, Any],
    path: str,
    is_probe: bool,
    *,
    container: Mapping[str, Any],
    port: int,
    status_port: int,
    found: Rewritten,
) -> dict[str, Any]:
    kinds = _PROBE_HANDLERS if is_probe else _HOOK_HANDLERS
    kind = next((kind for kind in kinds if isinstance(handler.get(kind), dict)), None)
    if kind is None:
        return handler
    original = handler[kind]
    wanted = original.get("port")
    number = _number(wanted, container)
    if kind == "httpGet" and number == port and original.get("path") == path:
        return handler  # it goes to the agent already
    if number is None and wanted is not None:
        found.warnings.append(
            f"the handler of {path} stays as it is: container {container.get('name')} has no port named {wanted!r}"
        )
        return handler
    if number != status_port or isinstance(wanted, str):
        described: dict[str, Any] = {kind: {**original, "port": number} if number is not None else dict(original)}
        seconds = handler.get("timeoutSeconds")
        if seconds and is_probe:
            described["timeoutSeconds"] = seconds
        found.probers[path] = described
    new: dict[str, Any] = {**original} if kind == "httpGet" else {}
    if new.get("scheme") == "HTTPS":
        new["scheme"] = "HTTP"
    new |= {"path": path, "port": port}
    # In the place of the old handler, so that the rest keeps its order.
    return {("httpGet" if key == kind else key): (new if key == kind else value) for key, value in handler.items()}


def _number(port: Any, container: Mapping[str, Any]) -> int | None:
    if isinstance(port, int) and not isinstance(port, bool):
        return port
    if not isinstance(port, str):
        return None
    for name, number in _named_ports(container):
        if name == port:
            return number
    return int(port) if port.isascii() and port.isdigit() and len(port) < 6 else None


def _named_ports(container: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    ports = container.get("ports")
    for port in ports if isinstance(ports, list) else ():
        if isinstance(port, dict):
            name, number = port.get("name"), port.get("containerPort")
            if isinstance(name, str) and isinstance(number, int) and not isinstance(number, bool):
                yield name, number


def text(probers: Mapping[str, Any]) -> str:
    """The form in which the agent reads them: sorted by path, fields in the order of the API."""
    ordered = {path: as_go_writes(probers[path], "v1.Probe") for path in sorted(probers)}
    return json_in_order(ordered)


def restore(containers: list[Any], probers: Mapping[str, Any]) -> list[Any]:
    """Containers with their own probes again, as far as the agent was told of them.

    A port that has a name in its container is called by that name.
    """
    return [
        _with_handlers(item, partial(_restore, container=item, probers=probers)) if isinstance(item, dict) else item
        for item in containers
    ]


def _restore(
    handler: dict[str, Any], path: str, is_probe: bool, *, container: Mapping[str, Any], probers: Mapping[str, Any]
) -> dict[str, Any]:
    prober = probers.get(path)
    prober = prober if isinstance(prober, dict) else {}
    kind = next((kind for kind in _PROBE_HANDLERS if kind in prober), None)
    if kind is None or "httpGet" not in handler or not isinstance(prober[kind], dict):
        return handler
    original = {key: value for key, value in prober[kind].items() if value is not None}
    if kind != "grpc":
        names = [name for name, number in _named_ports(container) if number == original.get("port")]
        if len(names) == 1:
            original["port"] = names[0]
    return {
        (kind if key == "httpGet" else key): (original if key == "httpGet" else value) for key, value in handler.items()
    }
