"""Rules of mesh settings."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.durations import nanoseconds
from meshctl.messages import Message
from meshctl.model.kinds.mesh_config import MESH_CONFIG
from meshctl.model.proto_names import ProtoField
from meshctl.model.resource import Field, Resource
from meshctl.schema.extension_providers import extension_providers
from meshctl.schema.grammars import hosts, values
from meshctl.schema.proxy_settings import proxy_settings
from meshctl.schema.rules.connection_pool import connection_pool
from meshctl.schema.rules.load_balancer import locality_settings, zone_settings
from meshctl.schema.rules.outlier_detection import outlier_detection
from meshctl.schema.rules.reporting import doubtful, duration, invalid, port, shown, text, texts
from meshctl.schema.validators import validator

_LONGEST_CONNECT = 3600 * 10**9
"""Nanoseconds that opening a connection may take."""

_CURVES = frozenset(
    ("", "P-224", "P-256", "P-384", "P-521", "X25519", "X25519Kyber768Draft00", "X25519MLKEM768")
)  # fmt: skip


@validator(MESH_CONFIG)
def validate(resource: Resource) -> Iterator[Message]:
    """Checks a MeshConfig."""
    yield from mesh_config(resource.field)


def mesh_config(config: Field) -> Iterator[Message]:
    """Checks mesh settings, wherever they stand; what is not written has a default that keeps every rule."""
    config = ProtoField.of(config)
    if config["proxyListenPort"].present:
        yield from port(config["proxyListenPort"])
    connect = config["connectTimeout"]
    yield from duration(connect)
    if (nanoseconds(connect.text) or 0) > _LONGEST_CONNECT:
        yield invalid(connect, f"{shown(connect.text)}: can be at most 1h")
    detection = config["protocolDetectionTimeout"]
    if (nanoseconds(detection.text) or 0) % values.MILLISECOND:
        yield invalid(detection, f"{shown(detection.text)}: has to be whole milliseconds")
    yield from proxy_settings(config["defaultConfig"])
    # Endpoints of a whole mesh count as watched, whatever the single policies say.
    yield from locality_settings(config["localityLbSetting"], detects=True)
    yield from zone_settings(config["zoneAwareLbSetting"], detects=True)
    for setting in config["serviceSettings"]:
        yield from texts(setting["hosts"], hosts.wildcard_host)
    yield from _trust_domains(config)
    yield from _tls(config)
    policy = config["defaultTrafficPolicy"]
    yield from connection_pool(policy["connectionPool"], keepalive=False)
    yield from outlier_detection(policy["outlierDetection"], deprecations=False)
    yield from extension_providers(config["extensionProviders"])


def _trust_domains(config: Field) -> Iterator[Message]:
    if config["trustDomain"].present:
        yield from text(config["trustDomain"], _trust_domain)
    yield from texts(config["trustDomainAliases"], _trust_domain)


def _trust_domain(name: str) -> str:
    """DNS labels with dots between them, of which the last may be a number; a trailing dot is taken."""
    return next(filter(None, map(hosts.label, name.removesuffix(".").split("."))), "")


def _tls(config: Field) -> Iterator[Message]:
    own = config["meshMTLS"]["ecdhCurves"]
    if own:
        yield invalid(
            own, "cannot be chosen", "the curves of everything but the mesh's own TLS are tlsDefaults.ecdhCurves"
        )
    seen = set()
    for curve in config["tlsDefaults"]["ecdhCurves"]:
        if curve.text not in _CURVES:
            yield doubtful(
                curve, f"{shown(curve.text)}: proxies know no such curve", f"use {', '.join(sorted(_CURVES)[1:])}"
            )
        if curve.text in seen:
            yield doubtful(curve, f"{shown(curve.text)} stands in the list twice")
        seen.add(curve.text)
