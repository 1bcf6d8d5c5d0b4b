"""Rules of a proxy's settings: `defaultConfig` of MeshConfig, and the annotation `proxy.istio.io/config`."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.durations import nanoseconds
from meshctl.messages import Message
from meshctl.model.resource import Field
from meshctl.schema.name_grammars import SECOND, is_host_port, is_port
from meshctl.schema.traffic_rules import client_tls, doubtful, duration, has_value, negative, number_of, wrong

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
            yield wrong(found, "must not be empty")
    yield from duration(config["drainDuration"], lowest=SECOND, unit=SECOND)
    yield from _addresses(config)
    for name in ("proxyAdminPort", "statusPort"):
        found = config[name]
        if found.present and not is_port(found.number):
            yield wrong(found, f"must be a port from 1 to 65535, not {found.value}")
    policy = config["controlPlaneAuthPolicy"]
    if has_value(policy, "INHERIT", 1000):
        yield wrong(policy, "is NONE or MUTUAL_TLS, not INHERIT")
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
    if not is_host_port(field.text.replace("$(HOST_IP)", _NODE)):
        yield wrong(field, f"must be host:port, not {field.text!r}")


def _tracing(tracing: Field) -> Iterator[Message]:
    for name in ("zipkin", "datadog", "lightstep"):
        tracer = tracing[name]
        if not tracer.present:
            continue
        address = tracer["address"]
        if address:
            yield from _address(address)
        else:
            yield wrong(address, "is missing")
        if name == "lightstep" and not tracer["accessToken"]:
            yield wrong(tracer["accessToken"], "is missing")
    yield from client_tls(tracing["tlsSettings"], "")


def _private_keys(provider: Field) -> Iterator[Message]:
    if not provider.present:
        return
    chosen = [provider[name] for name in ("cryptomb", "qat") if provider[name].present]
    if not chosen:
        yield wrong(provider, "needs cryptomb or qat")
    for found in chosen:
        delay = found["pollDelay"]
        if not delay.present:
            yield wrong(delay, "is missing")
        elif nanoseconds(delay.text) == 0:
            yield wrong(delay, "must not be zero")


def _connections(settings: Field) -> Iterator[Message]:
    for name in _BUFFERS:
        yield from negative(settings[name])
    for name in _HTTP_DURATIONS:
        found = settings[name]
        if (nanoseconds(found.text) or 0) < 0:
            yield wrong(found, f"must not be negative, but is {found.text}")
    for name in _POSITIVE:
        found = settings[name]
        number = number_of(found)
        if number is not None and number <= 0:
            yield wrong(found, f"must be more than 0, not {found.value}")
    for name in _WINDOWS:
        found = settings[name]
        number = number_of(found)
        if number is not None and number < _SMALLEST_WINDOW:
            yield wrong(found, f"must be at least {_SMALLEST_WINDOW}, not {found.value}")
