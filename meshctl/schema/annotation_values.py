"""What the values of Istio's pod annotations may be: what the injector checks before it renders a pod."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

from meshctl.model.kinds.mesh_config import MESH_CONFIG
from meshctl.model.resource import Resource, Source
from meshctl.schema.grammars import values

Problem: TypeAlias = str | None

_INTERFACE = re.compile(r"[a-zA-Z][a-zA-Z0-9_.-]{0,14}")
_MODES = ("REDIRECT", "TPROXY", "NONE")
_MAX_UINT32 = 2**32 - 1


def value_problem(annotation: str, value: str) -> Problem:
    """Why the injector would refuse the value of an annotation; None for a good one and for one that it takes as is."""
    check = _CHECKS.get(annotation)
    return check(value) if check else None


def _mode(value: str) -> Problem:
    return None if value in _MODES else f'"{value}" is none of {", ".join(_MODES)}'


def _boolean(value: str) -> Problem:
    return None if value in values.BOOLEANS else f'"{value}" is neither true nor false'


def _number(value: str, highest: int) -> Problem:
    if value.isascii() and value.isdigit() and len(value) < 20 and int(value) <= highest:
        return None
    return f'"{value}" is no whole number from 0 to {highest}'


def _seconds(value: str) -> Problem:
    return _number(value, _MAX_UINT32)


def _port(value: str) -> Problem:
    text = value.strip().removeprefix("+")
    return None if _number(text, 65535) is None else f'"{value.strip()}" is no port from 0 to 65535'


def _ports(value: str) -> Problem:
    return next(filter(None, map(_port, value.split(","))), None) if value else None


def _all_or_ports(value: str) -> Problem:
    return None if value == "*" else _ports(value)


def _range(value: str) -> Problem:
    _, slash, length = value.partition("/")
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        slash = ""
    # Python would take a netmask behind the slash too.
    if not slash or not length.isdigit() or (len(length) > 1 and length.startswith("0")):
        return f'"{value}" is no range of addresses such as 10.0.0.0/8'
    return None


def _ranges(value: str) -> Problem:
    return next(filter(None, map(_range, value.split(","))), None) if value else None


def _all_or_ranges(value: str) -> Problem:
    return None if value == "*" else _ranges(value)


def _interfaces(value: str) -> Problem:
    for name in map(str.strip, value.split(",")):
        if not _INTERFACE.fullmatch(name):
            return f'"{name}" is no name of a network interface'
    return None


def _quantity(value: str) -> Problem:
    return f'"{value}" {problem}' if (problem := values.quantity(value)) else None


def _proxy_config(value: str) -> Problem:
    from meshctl.documents import Chunk, DocumentError, parse

    try:
        data = parse(Chunk(value, 1)).data
    except DocumentError as error:
        return f"it is no YAML: {error.message}"
    if data is None:
        return None
    if not isinstance(data, dict):
        return "it is no mapping of ProxyConfig fields to values"
    # A ProxyConfig stands in the mesh config too, whose schema and validator know it.
    config = Resource(MESH_CONFIG, "v1alpha1", "", "", {"defaultConfig": data}, Source(""))
    return next(_problems(config), None)


def _problems(config: Resource) -> Iterator[str]:
    from meshctl.messages import INVALID
    from meshctl.model.resource import format_path
    from meshctl.schema.validators import validator_of
    from meshctl.schema.violations import violations

    found = list(violations(config))
    check = validator_of(MESH_CONFIG)
    if check is not None and not found:
        found = list(check(config))
    for message in found:
        if message.type is INVALID and message.path[:1] == ("defaultConfig",):
            place = format_path(message.path[1:])
            yield message.text if not place or place in message.text else f"{place}: {message.text}"


_PREFIX = "sidecar.istio.io/"
_TRAFFIC = "traffic.sidecar.istio.io/"
_READINESS = "readiness.status.sidecar.istio.io/"

_CHECKS: dict[str, Callable[[str], Problem]] = {
    f"{_PREFIX}interceptionMode": _mode,
    f"{_PREFIX}proxyCPU": _quantity,
    f"{_PREFIX}proxyCPULimit": _quantity,
    f"{_PREFIX}proxyMemory": _quantity,
    f"{_PREFIX}proxyMemoryLimit": _quantity,
    f"status.{_PREFIX}port": _port,
    f"{_READINESS}initialDelaySeconds": _seconds,
    f"{_READINESS}periodSeconds": _seconds,
    f"{_READINESS}failureThreshold": _seconds,
    f"{_TRAFFIC}includeOutboundIPRanges": _all_or_ranges,
    f"{_TRAFFIC}excludeOutboundIPRanges": _ranges,
    f"{_TRAFFIC}includeInboundPorts": _all_or_ports,
    f"{_TRAFFIC}excludeInboundPorts": _ports,
    f"{_TRAFFIC}excludeOutboundPorts": _ports,
    f"{_TRAFFIC}excludeInterfaces": _interfaces,
    f"{_TRAFFIC}kubevirtInterfaces": _interfaces,
    "istio.io/reroute-virtual-interfaces": _interfaces,
    "prometheus.istio.io/merge-metrics": _boolean,
    "proxy.istio.io/config": _proxy_config,
}
