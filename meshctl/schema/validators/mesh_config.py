"""Rules of mesh settings."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.durations import nanoseconds
from meshctl.messages import Message
from meshctl.model.kinds.mesh_config import MESH_CONFIG
from meshctl.model.proto_names import ProtoField
from meshctl.model.resource import Field, Resource
from meshctl.schema.extension_providers import extension_providers
from meshctl.schema.name_grammars import HOUR, MILLISECOND, is_port, is_trust_domain, is_wildcard_domain
from meshctl.schema.proxy_settings import proxy_settings
from meshctl.schema.traffic_rules import (
    connection_pool,
    doubtful,
    duration,
    locality_balancing,
    outlier_detection,
    wrong,
    zone_balancing,
)
from meshctl.schema.validators import validator

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
    port = config["proxyListenPort"]
    if port.present and not is_port(port.number):
        yield wrong(port, f"must be a port from 1 to 65535, not {port.value}")
    yield from duration(config["connectTimeout"], highest=HOUR)
    detection = config["protocolDetectionTimeout"]
    if (nanoseconds(detection.text) or 0) % MILLISECOND:
        yield wrong(detection, f"must be a whole number of milliseconds, not {detection.text}")
    yield from proxy_settings(config["defaultConfig"])
    yield from locality_balancing(config["localityLbSetting"])
    yield from zone_balancing(config["zoneAwareLbSetting"])
    for setting in config["serviceSettings"]:
        for host in setting["hosts"]:
            if not is_wildcard_domain(host.text):
                yield wrong(host, f"is no host name or wildcard: {host.text!r}")
    yield from _trust_domains(config)
    yield from _tls(config)
    policy = config["defaultTrafficPolicy"]
    yield from connection_pool(policy["connectionPool"], keepalive=False)
    yield from outlier_detection(policy["outlierDetection"], deprecations=False)
    yield from extension_providers(config["extensionProviders"])


def _trust_domains(config: Field) -> Iterator[Message]:
    domain = config["trustDomain"]
    aliases = list(config["trustDomainAliases"])
    for found in ([domain] if domain.present else []) + aliases:
        if not is_trust_domain(found.text):
            yield wrong(found, f"must be DNS labels with dots between them, not {found.text!r}")


def _tls(config: Field) -> Iterator[Message]:
    own = config["meshMTLS"]["ecdhCurves"]
    if own:
        yield wrong(
            own, "cannot be chosen", "the curves of everything but the mesh's own TLS are tlsDefaults.ecdhCurves"
        )
    seen = set()
    for curve in config["tlsDefaults"]["ecdhCurves"]:
        if curve.text not in _CURVES:
            yield doubtful(
                curve, f"is no curve that proxies know: {curve.text!r}", f"use {', '.join(sorted(_CURVES)[1:])}"
            )
        if curve.text in seen:
            yield doubtful(curve, f"stands in the list twice ({curve.text})")
        seen.add(curve.text)
