"""Webhooks that lead to a control plane outside of the cluster."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import CONTROL_PLANE_BY_IP, CONTROL_PLANE_UNUSABLE, Message
from meshctl.model.kinds.mutating_webhook_configuration import MUTATING_WEBHOOK_CONFIGURATION
from meshctl.model.kinds.validating_webhook_configuration import VALIDATING_WEBHOOK_CONFIGURATION
from meshctl.model.resource import Field, Resource
from meshctl.model.snapshot import Snapshot


@analyzer(
    "externalcontrolplane.ExternalControlPlaneAnalyzer",
    inputs={VALIDATING_WEBHOOK_CONFIGURATION, MUTATING_WEBHOOK_CONFIGURATION},
    emits={CONTROL_PLANE_UNUSABLE, CONTROL_PLANE_BY_IP},
)
def external_control_plane(mesh: Snapshot) -> Iterator[Message]:
    """Checks the addresses at which the webhooks of Istio reach the control plane."""
    for configuration in mesh[VALIDATING_WEBHOOK_CONFIGURATION]:
        if configuration.name == "istiod-default-validator" or configuration.name.startswith("istio-validator"):
            yield from _check(configuration)
    for configuration in mesh[MUTATING_WEBHOOK_CONFIGURATION]:
        if configuration.name.startswith("istio-sidecar-injector"):
            yield from _check(configuration)


def _check(configuration: Resource) -> Iterator[Message]:
    for webhook in configuration.field["webhooks"]:
        client, name = webhook["clientConfig"], webhook["name"].text
        url = client["url"]
        if not url.text:
            if not client["service"].present:
                yield CONTROL_PLANE_UNUSABLE.at(
                    client if client.present else webhook["name"],
                    hostname="",
                    webhook=name,
                    problem="it has neither a url nor a service",
                )
            continue
        host = _host(url)
        if host is None:
            yield CONTROL_PLANE_UNUSABLE.at(url, hostname=url.text, webhook=name, problem="this is no URL")
        elif _is_address(host):
            yield CONTROL_PLANE_BY_IP.at(url, hostname=url.text, webhook=name)


def _host(url: Field) -> str | None:
    text = url.text
    if any(letter <= " " or letter == "\x7f" for letter in text):
        return None
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises for a port that is no number
        return parts.hostname if parts.scheme and parts.hostname else None
    except ValueError:
        return None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
