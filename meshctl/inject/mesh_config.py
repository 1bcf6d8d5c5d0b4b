"""The mesh config and the proxy config: what holds unless somebody says otherwise, and how settings lie over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from meshctl.inject.protobuf import MESH_CONFIG, PROXY_CONFIG, Message, MessageError, read

PROXY_DEFAULTS: Mapping[str, Any] = {
    "configPath": "./etc/istio/proxy",
    "binaryPath": "/usr/local/bin/envoy",
    "serviceCluster": "istio-proxy",
    "drainDuration": "45s",
    "terminationDrainDuration": "5s",
    "proxyAdminPort": 15000,
    "controlPlaneAuthPolicy": "MUTUAL_TLS",
    "discoveryAddress": "istiod.istio-system.svc:15012",
    "statNameLength": 189,
    "statusPort": 15020,
}
"""The proxy config that is built into the control plane."""

MESH_DEFAULTS: Mapping[str, Any] = {
    "proxyListenPort": 15001,
    "proxyInboundListenPort": 15006,
    "connectTimeout": "10s",
    "protocolDetectionTimeout": "0s",
    "ingressClass": "istio",
    "ingressService": "istio-ingressgateway",
    "ingressControllerMode": "STRICT",
    "enableTracing": True,
    "accessLogEncoding": "TEXT",
    "outboundTrafficPolicy": {"mode": "ALLOW_ANY"},
    "inboundTrafficPolicy": {"mode": "PASSTHROUGH"},
    "enableAutoMtls": True,
    "trustDomain": "cluster.local",
    "defaultServiceExportTo": ["*"],
    "defaultVirtualServiceExportTo": ["*"],
    "defaultDestinationRuleExportTo": ["*"],
    "rootNamespace": "istio-system",
    "localityLbSetting": {"enabled": True},
    "dnsRefreshRate": "60s",
    "enablePrometheusMerge": True,
    "extensionProviders": [
        {"name": "prometheus", "prometheus": {}},
        {"name": "stackdriver", "stackdriver": {}},
        {"name": "envoy", "envoyFileAccessLog": {"path": "/dev/stdout"}},
    ],
}
"""The mesh config that is built into the control plane, without `defaultConfig`."""

_KEPT_HEADERS = ("forwardedClientCert", "requestId", "attemptCount", "server", "envoyDebugHeaders")
_SERVICE_NAMES = ("serviceCluster", "tracingServiceName")

DEFAULT_STATUS_PORT = 15020
"""The port of the agent unless the proxy config names another one."""


@cache
def default_proxy_config() -> Message:
    """The proxy config without any settings."""
    return read(PROXY_CONFIG, PROXY_DEFAULTS)


@cache
def _default_mesh_config() -> Message:
    return {**read(MESH_CONFIG, MESH_DEFAULTS), "defaultConfig": default_proxy_config()}


def mesh_config(data: Any) -> Message:
    """The mesh config with settings over the defaults; raises `MessageError`.

    Fields are replaced as wholes, but for the default proxy config, the default providers, the extension providers
    (merged by name) and the aliases of the trust domain (united and sorted).
    """
    base = _default_mesh_config()
    own = read(MESH_CONFIG, data)
    merged = {**base, **own}
    if "defaultConfig" in own:
        merged["defaultConfig"] = proxy_config(base["defaultConfig"], own["defaultConfig"])
    if "extensionProviders" in own:
        merged["extensionProviders"] = _by_name(base["extensionProviders"], own["extensionProviders"])
    if own.get("trustDomainAliases"):
        merged["trustDomainAliases"] = sorted(set(own["trustDomainAliases"]))
    problems = list(_mesh_problems(merged))
    if problems:
        raise MessageError(*problems[0])
    return merged


def _by_name(older: Iterable[Message], newer: Iterable[Message]) -> list[Message]:
    found = {provider.get("name", ""): provider for provider in older}
    for provider in newer:
        found[provider.get("name", "")] = provider
    return list(found.values())


def proxy_config(older: Message, newer: Message) -> Message:
    """A proxy config over another one: fields are replaced, metadata united, some headers survive."""
    merged = {**older, **newer}
    for name in _SERVICE_NAMES:
        # Two spellings of one choice: the newer one takes the place of either.
        if name in newer:
            merged.pop(_SERVICE_NAMES[name == _SERVICE_NAMES[0]], None)
    if "proxyMetadata" in older and "proxyMetadata" in newer:
        merged["proxyMetadata"] = {**older["proxyMetadata"], **newer["proxyMetadata"]}
    if "proxyHeaders" in older and "proxyHeaders" in newer:
        kept = {key: value for key, value in older["proxyHeaders"].items() if key in _KEPT_HEADERS}
        merged["proxyHeaders"] = {**kept, **newer["proxyHeaders"]}
    return merged


def _mesh_problems(config: Message) -> Iterable[tuple[str, str]]:
    for name in ("proxyListenPort", "proxyInboundListenPort"):
        if not 1 <= config.get(name, 0) <= 65535:
            yield name, "must be a port between 1 and 65535"
    if not config.get("trustDomain"):
        yield "trustDomain", "must not be empty"
    for path, problem in proxy_config_problems(config["defaultConfig"]):
        yield f"defaultConfig.{path}", problem


def proxy_config_problems(config: Message) -> Iterable[tuple[str, str]]:
    """What is wrong with a proxy config that has the defaults underneath: field path and problem."""
    for name in ("configPath", "binaryPath"):
        if not config.get(name):
            yield name, "must not be empty"
    if "tracingServiceName" not in config and not config.get("serviceCluster"):
        yield "serviceCluster", "must not be empty"
    for name in ("proxyAdminPort", "statusPort"):
        if not 1 <= config.get(name, 0) <= 65535:
            yield name, "must be a port between 1 and 65535"
    drain = config.get("drainDuration", {})
    if drain.get("seconds", 0) <= 0 or drain.get("nanos", 0):
        yield "drainDuration", "must be a whole number of seconds above zero"
    if not _is_address(config.get("discoveryAddress", "")):
        yield "discoveryAddress", "must be host:port"
    for path, address in _addresses(config):
        if not _is_address(address):
            yield path, "must be host:port"
    provider = config.get("privateKeyProvider")
    if provider is not None and not provider:
        yield "privateKeyProvider", "must name a provider"
    for name, tag in config.get("tracing", {}).get("customTags", {}).items():
        if not tag:
            yield f"tracing.customTags.{name}", "must be one of literal, environment and header"


def _addresses(config: Message) -> Iterable[tuple[str, str]]:
    tracing = config.get("tracing", {})
    for name in ("zipkin", "lightstep", "datadog"):
        if name in tracing:
            yield f"tracing.{name}.address", tracing[name].get("address", "")
    for name in ("zipkinAddress", "statsdUdpAddress", "envoyMetricsServiceAddress"):
        if config.get(name):
            yield name, config[name]
    for name in ("envoyMetricsService", "envoyAccessLogService"):
        if config.get(name, {}).get("address"):
            yield f"{name}.address", config[name]["address"]


def _is_address(text: str) -> bool:
    host, _, port = text.rpartition(":")
    if host.startswith("[") != host.endswith("]") or (":" in host and not host.startswith("[")):
        return False
    # An environment variable may stand for either part: the agent resolves it.
    return bool(host) and ("$" in port or (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535))
