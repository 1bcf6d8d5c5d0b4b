"""Checks of the annotations that steer injection, before any template sees them."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import re2

from meshctl.documents import Chunk, DocumentError, parse
from meshctl.errors import UnreadableError
from meshctl.inject.mesh_config import default_proxy_config, proxy_config, proxy_config_problems
from meshctl.inject.protobuf import PROXY_CONFIG, Message, MessageError, read
from meshctl.inject.quantities import canonical

CONFIG = "proxy.istio.io/config"
IMAGE_TYPE = "sidecar.istio.io/proxyImageType"
INTERCEPTION_MODE = "sidecar.istio.io/interceptionMode"
MERGE_METRICS = "prometheus.istio.io/merge-metrics"
NATIVE_SIDECAR = "sidecar.istio.io/nativeSidecar"
OVERRIDES = "proxy.istio.io/overrides"
REWRITE_PROBES = "sidecar.istio.io/rewriteAppHTTPProbers"
STATUS = "sidecar.istio.io/status"
STATUS_PORT = "status.sidecar.istio.io/port"
TEMPLATES = "inject.istio.io/templates"

_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})
_TRAFFIC = "traffic.sidecar.istio.io/"
_READINESS = "readiness.status.sidecar.istio.io/"

_INTERFACE = re2.compile(r"[A-Za-z][A-Za-z0-9_.\-]{0,14}")
_RANGE = re2.compile(r"[0-9A-Fa-f.:]+/(0|[1-9][0-9]{0,2})")
"""Python reads masks (`10.0.0.0/255.0.0.0`) and zones (`fe80::1%eth0/64`) too, which iptables' rules cannot have."""

_IMAGE_TYPE = re2.compile(r"[A-Za-z0-9_.\-]{1,64}")
_CONFIG_MAP = re2.compile(r"[a-z0-9](?:[a-z0-9.\-]{0,251}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Problem:
    """An annotation with a value that it cannot have."""

    name: str
    value: str
    reason: str

    def __str__(self) -> str:
        shown = self.value if len(self.value) <= 80 else self.value[:77] + "..."
        return f"annotation {self.name} cannot be {shown!r}: {self.reason}"


class AnnotationError(UnreadableError):
    """Annotations of a pod that cannot be used, all of them."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


def parse_bool(text: str) -> bool | None:
    """A truth value as Go's programs write it; None for another text."""
    return True if text in _TRUE else False if text in _FALSE else None


def problems(annotations: Mapping[str, str]) -> Iterator[Problem]:
    """What is wrong with the annotations of a pod."""
    for name, value in annotations.items():
        check = _CHECKS.get(name)
        reason = check(value) if check is not None else None
        if reason:
            yield Problem(name, value, reason)


def pod_proxy_config(annotations: Mapping[str, str]) -> Message:
    """The settings of the annotation `proxy.istio.io/config`; raises `MessageError` or `DocumentError`."""
    text = annotations.get(CONFIG)
    return read(PROXY_CONFIG, parse(Chunk(text, 1)).data) if text and text.strip() else {}


def _one_of(*words: str) -> Callable[[str], str | None]:
    return lambda value: None if value in words else f"it is one of {', '.join(words)}"


def _bool(value: str) -> str | None:
    return None if parse_bool(value) is not None else "it is true or false"


def _unsigned(bits: int) -> Callable[[str], str | None]:
    highest = 2**bits - 1

    def check(value: str) -> str | None:
        text = value.strip(" ") if bits == 16 else value
        if text.isascii() and text.isdigit() and len(text) <= 20 and int(text) <= highest:
            return None
        return f"it is a whole number between 0 and {highest}"

    return check


def _ranges(star: bool) -> Callable[[str], str | None]:
    def check(value: str) -> str | None:
        if not value or (star and value == "*"):
            return None
        for item in value.split(","):
            try:
                ipaddress.ip_network(item, strict=False)
            except ValueError:
                return f"{item!r} is no range of addresses such as 10.0.0.0/8"
            if "/" not in item:
                return f"{item!r} needs the length of its prefix, such as {item}/32"
            if not _RANGE.fullmatch(item):
                return f"{item!r} must be an address and the length of a prefix, such as 10.0.0.0/8"
        return None

    return check


def _ports(star: bool) -> Callable[[str], str | None]:
    port = _unsigned(16)

    def check(value: str) -> str | None:
        if not value or (star and value == "*"):
            return None
        wrong = next((item for item in value.split(",") if port(item)), None)
        return None if wrong is None else f"{wrong!r} is no port between 0 and 65535"

    return check


def _interfaces(value: str) -> str | None:
    wrong = next((item for item in value.split(",") if not _INTERFACE.fullmatch(item)), None)
    if wrong is None:
        return None
    return f"{wrong!r} is no interface: a letter, then letters, digits and _.-, 15 characters at most"


def _quantity(value: str) -> str | None:
    return None if canonical(value) is not None else "it is a quantity such as 100m or 128Mi"


def _image_type(value: str) -> str | None:
    return None if _IMAGE_TYPE.fullmatch(value) else "it ends the tag of an image: letters, digits and _.-"


def _config_map(value: str) -> str | None:
    return None if _CONFIG_MAP.fullmatch(value) else "it is the name of a ConfigMap"


def _proxy_config(value: str) -> str | None:
    try:
        own = pod_proxy_config({CONFIG: value})
    except (MessageError, DocumentError) as error:
        return error.message
    found = next(iter(proxy_config_problems(proxy_config(default_proxy_config(), own))), None)
    return f"{found[0]} {found[1]}" if found else None


def _named(what: str) -> Callable[[str], str | None]:
    """JSON that names volumes or mounts: a mapping by name, or a list whose items have one."""

    def check(value: str) -> str | None:
        try:
            _check_items(value)
        except ValueError as error:
            return f"it is a JSON object of {what} by name ({error})"
        return None

    return check


def _check_items(text: str) -> None:
    """Raises `ValueError` for what is neither a JSON object of objects nor a JSON list of objects with names."""
    try:
        data = json.loads(text) if text.strip() else {}
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if isinstance(data, list):
        names = [item.get("name") if isinstance(item, dict) else None for item in data]
        if not all(isinstance(name, str) and name for name in names):
            raise ValueError("an item of the list has no name")
    elif not isinstance(data, dict) or not all(isinstance(item, dict) for item in data.values()):
        raise ValueError("each item must be an object")


_CHECKS: Mapping[str, Callable[[str], str | None]] = {
    CONFIG: _proxy_config,
    IMAGE_TYPE: _image_type,
    INTERCEPTION_MODE: _one_of("REDIRECT", "TPROXY", "NONE"),
    MERGE_METRICS: _bool,
    NATIVE_SIDECAR: lambda value: _one_of("true", "false")(value) if value else None,
    STATUS_PORT: _unsigned(16),
    "istio.io/reroute-virtual-interfaces": _interfaces,
    "sidecar.istio.io/bootstrapOverride": _config_map,
    "sidecar.istio.io/capNetBindService": _one_of("true", "false"),
    "sidecar.istio.io/proxyCPU": _quantity,
    "sidecar.istio.io/proxyCPULimit": _quantity,
    "sidecar.istio.io/proxyMemory": _quantity,
    "sidecar.istio.io/proxyMemoryLimit": _quantity,
    "sidecar.istio.io/userVolume": _named("volumes"),
    "sidecar.istio.io/userVolumeMount": _named("mounts"),
    f"{_READINESS}initialDelaySeconds": _unsigned(32),
    f"{_READINESS}periodSeconds": _unsigned(32),
    f"{_READINESS}failureThreshold": _unsigned(32),
    f"{_TRAFFIC}includeOutboundIPRanges": _ranges(star=True),
    f"{_TRAFFIC}excludeOutboundIPRanges": _ranges(star=False),
    f"{_TRAFFIC}includeInboundPorts": _ports(star=True),
    f"{_TRAFFIC}excludeInboundPorts": _ports(star=False),
    f"{_TRAFFIC}includeOutboundPorts": _ports(star=True),
    f"{_TRAFFIC}excludeOutboundPorts": _ports(star=False),
    f"{_TRAFFIC}excludeInterfaces": _interfaces,
    f"{_TRAFFIC}kubevirtInterfaces": _interfaces,
}
