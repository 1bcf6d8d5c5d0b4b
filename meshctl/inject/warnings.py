"""What is worth knowing about an injected pod, though it can be injected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from meshctl.inject.containers import INIT, PROXY, VALIDATION, containers_of

_PROXY_PORTS = frozenset({15000, 15001, 15004, 15006, 15008, 15020, 15021, 15053, 15090})
_PRIVILEGED_PORTS = 1024
_UNPRIVILEGED_START = "net.ipv4.ip_unprivileged_port_start"


def warnings_of(pod: Mapping[str, Any], injected: Mapping[str, Any]) -> list[str]:
    """Warnings, in the order of the pod's fields."""
    return list(_warnings(pod.get("spec") or {}, injected.get("spec") or {}))


def _warnings(spec: Mapping[str, Any], injected: Mapping[str, Any]) -> Iterator[str]:
    policy = spec.get("dnsPolicy")
    if policy and policy not in ("ClusterFirst", "ClusterFirstWithHostNet"):
        yield f"dnsPolicy is {policy!r}: the proxy may not find the control plane"
    udp = []
    for key in ("containers", "initContainers"):
        for container in containers_of(spec, key):
            name = container.get("name")
            for port in container.get("ports") or ():
                number = port.get("containerPort")
                if port.get("protocol") == "UDP":
                    udp.append(f"{name}:{number}")
                elif number in _PROXY_PORTS and name != PROXY:
                    yield f"port {number} of container {name} belongs to the proxy"
            if name in (INIT, VALIDATION):
                yield f"container {name} has the name of an injected one and is laid over it"
    if udp:
        yield f"UDP does not pass through the proxy: {', '.join(udp)}"
    mine = {volume["name"]: volume for volume in spec.get("volumes") or ()}
    mounted = {mount.get("name") for mount in _proxy(injected).get("volumeMounts") or () if isinstance(mount, dict)}
    for volume in injected.get("volumes") or ():
        name = volume["name"]
        if name not in mine:
            continue
        sources = sorted(volume.keys() - {"name"})
        if len(sources) > max(len(mine[name]) - 1, 1):
            yield f"volume {name} has the name of an injected one: no pod can have both {' and '.join(sources)} of it"
        elif name in mounted and not _mounts(spec, name):
            yield f"volume {name} has the name of an injected one and takes its place"
    yield from _unbound(spec, injected)
    yield from _passing_by(spec, injected)


def _mounts(spec: Mapping[str, Any], volume: str) -> bool:
    """Whether the pod's own proxy container mounts the volume: then it is meant to be the proxy's."""
    own = _proxy(spec).get("volumeMounts")
    return any(isinstance(mount, dict) and mount.get("name") == volume for mount in own or ())


def _unbound(spec: Mapping[str, Any], injected: Mapping[str, Any]) -> Iterator[str]:
    """Ports below 1024 that a gateway's proxy is to serve, though it may not."""
    own, proxy = _proxy(spec), _proxy(injected)
    context = proxy.get("securityContext")
    context = context if isinstance(context, dict) else {}
    pod_context = injected.get("securityContext")
    sysctls = pod_context.get("sysctls") if isinstance(pod_context, dict) else None
    if any(isinstance(item, dict) and item.get("name") == _UNPRIVILEGED_START for item in sysctls or ()):
        return
    capabilities = context.get("capabilities")
    added = (capabilities.get("add") if isinstance(capabilities, dict) else None) or ()
    if context.get("runAsUser") in (None, 0) or "NET_BIND_SERVICE" in added:
        return
    for port in own.get("ports") or ():
        number = port.get("containerPort")
        if isinstance(number, int) and not isinstance(number, bool) and 0 < number < _PRIVILEGED_PORTS:
            yield f"the proxy cannot bind port {number} as user {context['runAsUser']}"


def _passing_by(spec: Mapping[str, Any], injected: Mapping[str, Any]) -> Iterator[str]:
    """Containers that run as the user whose traffic is not redirected, as it is the proxy's own."""
    inits = [item for item in containers_of(injected, "initContainers") if item.get("name") in (INIT, VALIDATION)]
    args: list[Any] = next((item["args"] for item in inits if isinstance(item.get("args"), list)), [])
    spared = args[args.index("-u") + 1] if "-u" in args[:-1] else ""
    for container in containers_of(spec):
        user = _user(container) if _user(container) is not None else _user(spec)
        if spared and container.get("name") != PROXY and str(user) == spared:
            yield f"container {container['name']} runs as user {spared} like the proxy: its traffic passes the proxy by"


def _user(holder: Mapping[str, Any]) -> Any:
    context = holder.get("securityContext")
    return context.get("runAsUser") if isinstance(context, dict) else None


def _proxy(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    for key in ("containers", "initContainers"):
        for container in containers_of(spec, key):
            if isinstance(container, dict) and container.get("name") == PROXY:
                return container
    return {}
