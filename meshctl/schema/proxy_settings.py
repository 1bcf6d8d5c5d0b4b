"""Rules of a proxy's settings: `defaultConfig` of MeshConfig, and the annotation `proxy.istio.io/config`."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.durations import nanoseconds
from meshctl.messages import Message
from meshctl.model.resource import Field
from meshctl.schema.grammars import hosts, values
from meshctl.schema.rules.client_tls import client_tls
from meshctl.schema.rules.reporting import doubtful, invalid, not_negative, port, shown

_SECOND = 10**9

_NODE = "192.0.2.1"
"""Stands for `$(HOST_IP)`, which becomes the address of a node."""

_HTTP_DURATIONS = (
    "httpIdleTimeout",
    "httpMaxConnectionDuration",
    "httpDrainTimeout",
    "httpRequestTimeout",
    "httpRequestHeadersTimeout",
    "httpStreamIdleTimeout",
    "httpMaxStreamDuration",
)
_POSITIVE = ("httpMaxConcurrentStreams", "listenerConnectionLimit", "globalDownstreamConnectionLimit")
_BUFFERS = ("listenerPerConnectionBufferLimitBytes", "clusterPerConnectionBufferLimitBytes")
_WINDOWS = ("http2InitialStreamWindowSize", "http2InitialConnectionWindowSize")
_SMALLEST_WINDOW = 65535


def proxy_settings(config: Field) -> Iterator[Message]:
    """Checks the settings of a proxy; what is not written has a default that keeps every rule."""
    named = config["tracingServiceName"].present
    for name in ("configPath", "binaryPath", "serviceCluster"):
        found = config[name]
        if found.value == "" and not (name == "serviceCluster" and named):
            yield invalid(found, "must not be empty")
    drain = config["drainDuration"]
    length = nanoseconds(drain.text)
    if length is not None and (length < _SECOND or length % _SECOND):
        yield invalid(drain, f"{shown(drain.text)}: has to be whole seconds, and at least 1s")
    yield from _addresses(config)
    for name in ("proxyAdminPort", "statusPort"):
        if config[name].present:
            yield from port(config[name])
    policy = config["controlPlaneAuthPolicy"]
    if policy.value in ("INHERIT", 1000):
        yield invalid(policy, "is NONE or MUTUAL_TLS, not INHERIT")
    yield from _tracing(config["tracing"])
    yield from _private_keys(config["privateKeyProvider"])
    for name, found in config["proxyMetadata"].items():
        if name == "ISTIO_META_DNS_AUTO_ALLOCATE":
            yield doubtful(found, "is deprecated", "addresses are allocated by the control plane: leave it out")
    yield from _connections(config["connectionSettings"])


def _addresses(config: Field) -> Iterator[Message]:
    discovery = config["discoveryAddress"]
    if discovery.present:
        yield from _address(discovery)
    for name in ("statsdUdpAddress", "envoyMetricsServiceAddress"):
        if config[name]:
            yield from _address(config[name])
    for name in ("envoyMetricsService", "envoyAccessLogService"):
        if config[name]["address"]:
            yield from _address(config[name]["address"])


def _address(field: Field) -> Iterator[Message]:
    problem = hosts.host_and_port(field.text.replace("$(HOST_IP)", _NODE))
    if problem:
        yield invalid(field, f"{shown(field.text)}: {problem}" if field.text else "is missing: write host:port")


def _tracing(tracing: Field) -> Iterator[Message]:
    for name in ("zipkin", "datadog", "lightstep"):
        tracer = tracing[name]
        if not tracer.present:
            continue
        yield from _address(tracer["address"])
        if name == "lightstep" and not tracer["accessToken"]:
            yield invalid(tracer["accessToken"], "is missing")
    yield from client_tls(tracing["tlsSettings"], "")


def _private_keys(provider: Field) -> Iterator[Message]:
    if not provider.present:
        return
    chosen = [provider[name] for name in ("cryptomb", "qat") if provider[name].present]
    if not chosen:
        yield invalid(provider, "needs cryptomb or qat")
    for found in chosen:
        delay = found["pollDelay"]
        if not delay.present:
            yield invalid(delay, "is missing")
        elif nanoseconds(delay.text) == 0:
            yield invalid(delay, "must not be zero")


def _connections(settings: Field) -> Iterator[Message]:
    for name in _BUFFERS:
        yield from not_negative(settings[name])
    for name in _HTTP_DURATIONS:
        found = settings[name]
        if (nanoseconds(found.text) or 0) < 0:
            yield invalid(found, f"must not be negative, but is {found.text}")
    for name in _POSITIVE:
        found = settings[name]
        number = values.float_of(found.value)
        if number is not None and number <= 0:
            yield invalid(found, f"must be more than 0, not {found.value}")
    for name in _WINDOWS:
        found = settings[name]
        number = values.float_of(found.value)
        if number is not None and number < _SMALLEST_WINDOW:
            yield invalid(found, f"must be at least {_SMALLEST_WINDOW}, not {found.value}")
