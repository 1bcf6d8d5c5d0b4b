"""Probes and lifecycle handlers: those that go over the network are asked of the proxy's agent, which passes them on.

The kubelet has no certificate of the mesh, so an application that takes mutual TLS only would fail its probes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from meshctl.gotemplate.json_writer import json_in_order
from meshctl.inject.go_types import in_declared_order

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
        if not isinstance(container, dict) or container.get("name") == proxy:
            continue
        found.containers[index] = _rewrite_container(container, port, status_port, found)
    return found


def _rewrite_container(container: dict[str, Any], port: int, status_port: int, found: Rewritten) -> dict[str, Any]:
    changed = container
    name = container.get("name")
    for key, end in _PROBES:
        probe = container.get(key)
        if isinstance(probe, dict):
            new = _rewrite_handler(
                probe, f"/app-health/{name}/{end}", _PROBE_HANDLERS, container, port, status_port, found
            )
            if new is not probe:
                changed = {**changed, key: new}
    lifecycle = container.get("lifecycle")
    if isinstance(lifecycle, dict):
        for key, end in _HOOKS:
            hook = lifecycle.get(key)
            if isinstance(hook, dict):
                new = _rewrite_handler(
                    hook, f"/app-lifecycle/{name}/{end}", _HOOK_HANDLERS, container, port, status_port, found
                )
                if new is not hook:
                    changed = {**changed, "lifecycle": {**changed["lifecycle"], key: new}}
    return changed


def _rewrite_handler(
    handler: dict[str, Any],
    path: str,
    kinds: tuple[str, ...],
    container: Mapping[str, Any],
    port: int,
    status_port: int,
    found: Rewritten,
) -> dict[str, Any]:
    kind = next((kind for kind in kinds if isinstance(handler.get(kind), dict)), None)
    if kind is None:
        return handler
    original = handler[kind]
    wanted = original.get("port")
    number = _number(wanted, container)
    if number is None and wanted is not None:
        found.warnings.append(
            f"the handler of {path} stays as it is: container {container.get('name')} has no port named {wanted!r}"
        )
        return handler
    if number != status_port or isinstance(wanted, str):
        described: dict[str, Any] = {kind: {**original, "port": number} if number is not None else dict(original)}
        seconds = handler.get("timeoutSeconds")
        if seconds and kinds is _PROBE_HANDLERS:
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
    ordered = {path: in_declared_order(probers[path], "v1.Probe") for path in sorted(probers)}
    return json_in_order(ordered)


def restore(containers: list[Any], probers: Mapping[str, Any]) -> list[Any]:
    """Containers with their own probes again, as far as the agent was told of them.

    A port that has a name in its container is called by that name.
    """
    return [_restore_container(item, probers) if isinstance(item, dict) else item for item in containers]


def _restore_container(container: dict[str, Any], probers: Mapping[str, Any]) -> dict[str, Any]:
    changed = container
    name = container.get("name")
    for key, end in _PROBES:
        probe = container.get(key)
        if isinstance(probe, dict):
            new = _restore_handler(probe, probers.get(f"/app-health/{name}/{end}"), container)
            if new is not probe:
                changed = {**changed, key: new}
    lifecycle = container.get("lifecycle")
    if isinstance(lifecycle, dict):
        for key, end in _HOOKS:
            hook = lifecycle.get(key)
            if isinstance(hook, dict):
                new = _restore_handler(hook, probers.get(f"/app-lifecycle/{name}/{end}"), container)
                if new is not hook:
                    changed = {**changed, "lifecycle": {**changed["lifecycle"], key: new}}
    return changed


def _restore_handler(handler: dict[str, Any], prober: Any, container: Mapping[str, Any]) -> dict[str, Any]:
    kind = next((kind for kind in _PROBE_HANDLERS if isinstance(prober, dict) and kind in prober), None)
    if kind is None or "httpGet" not in handler or not isinstance(prober[kind], dict):
        return handler
    original = dict(prober[kind])
    if kind != "grpc":
        names = [name for name, number in _named_ports(container) if number == original.get("port")]
        if len(names) == 1:
            original["port"] = names[0]
    return {
        (kind if key == "httpGet" else key): (original if key == "httpGet" else value) for key, value in handler.items()
    }
