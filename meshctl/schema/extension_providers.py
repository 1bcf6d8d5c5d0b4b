"""Rules of `extensionProviders`.

Istio drops a wrong provider with no more than a line in a log, and goes on: so these are warnings.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from meshctl.messages import Message
from meshctl.model.resource import Field
from meshctl.schema.grammars import hosts, values
from meshctl.schema.rules.reporting import doubtful, shown

_WITH_SERVICE = (
    "envoyExtAuthzHttp",
    "envoyExtAuthzGrpc",
    "zipkin",
    "lightstep",
    "datadog",
    "opencensus",
    "skywalking",
    "envoyOtelAls",
    "opentelemetry",
    "envoyHttpAls",
    "envoyTcpAls",
)
_TYPES = (*_WITH_SERVICE, "prometheus", "stackdriver", "envoyFileAccessLog")

_STATUSES = frozenset(
    [0, 100, 226, 307, 308, 426, 428, 429, 431, 510, 511]
    + [status for first, last in ((200, 208), (300, 305), (400, 417), (421, 424), (500, 508))
       for status in range(first, last + 1)]
)  # fmt: skip
"""Status codes that Envoy can answer with."""


def extension_providers(providers: Field) -> Iterator[Message]:
    """Checks each provider, and that no name is given twice."""
    names = set()
    for provider in providers:
        name = provider["name"]
        if not name.text:
            yield doubtful(name, "is missing, so nothing can refer to this provider")
        elif name.text in names:
            yield doubtful(name, f"{shown(name.text)} is the name of an earlier provider too")
        names.add(name.text)
        chosen = [kind for kind in _TYPES if provider[kind].present]
        if len(chosen) != 1:
            if provider["sds"].present:
                continue
            problem = f"has {' and '.join(chosen)}" if chosen else "has no provider"
            yield doubtful(
                provider, f"{problem}; it needs the settings of exactly one", f"use one of {', '.join(_TYPES)}"
            )
            continue
        yield from _provider(chosen[0], provider[chosen[0]])


def _provider(kind: str, settings: Field) -> Iterator[Message]:
    if kind in _WITH_SERVICE:
        yield from _service(settings)
    if kind.startswith("envoyExtAuthz"):
        status = settings["statusOnError"]
        if status.text and not (status.text.isascii() and status.text.isdigit() and int(status.text[:6]) in _STATUSES):
            yield doubtful(status, f"must be a status code that Envoy knows, not {shown(status.text)}")
        prefix = settings["pathPrefix"]
        if prefix.text and not (prefix.text.startswith("/") and _is_path(prefix.text)):
            yield doubtful(prefix, f"must be a path that begins with /, not {shown(prefix.text)}")
    if kind == "lightstep" and not settings["accessToken"]:
        yield doubtful(settings["accessToken"], "is missing")
    if kind == "opentelemetry" and settings["http"].present and settings["grpc"].present:
        yield doubtful(settings["grpc"], "cannot stand beside http", "spans are sent by the one or the other")


def _service(settings: Field) -> Iterator[Message]:
    service, port = settings["service"], settings["port"]
    problem = hosts.sidecar_host(service.text) if "/" in service.text else hosts.host_or_ip(service.text)
    if problem:
        yield doubtful(service, f"{shown(service.text)}: {problem}" if service else "is missing")
    problem = values.port(port.number)
    if problem:
        yield doubtful(port, f"{port.value}: {problem}" if port.present else "is missing")


def _is_path(text: str) -> bool:
    try:
        urlsplit(text)
    except ValueError:
        return False
    # An encoded letter needs two hexadecimal digits.
    rest = text.split("%")[1:]
    return all(len(part) >= 2 and all(digit in "0123456789abcdefABCDEF" for digit in part[:2]) for part in rest)
