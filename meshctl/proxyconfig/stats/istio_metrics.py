"""Istio's own metrics, by the labels that they bear: the service asked, and which side reports."""

from __future__ import annotations

import re
from collections.abc import Mapping

from meshctl.proxyconfig.stats.stat import Owner

PREFIX = "istio_"

_NAMESPACE = "istiocustom."
"""What stands in front of Istio's metrics on the pages that have no labels."""

LABELS = frozenset(
    "reporter source_workload source_canonical_service source_canonical_revision source_workload_namespace "
    "source_principal source_app source_version source_cluster destination_workload destination_workload_namespace "
    "destination_principal destination_app destination_version destination_service destination_service_name "
    "destination_service_namespace destination_cluster destination_canonical_service destination_canonical_revision "
    "request_protocol response_code grpc_response_status response_flags connection_security_policy component tag "
    "request_host request_method destination_port".split()
)
"""The labels that Istio's metrics have; a mesh may add others, which then stay a part of the value before."""


def parse(name: str) -> tuple[str, dict[str, str]] | None:
    """Metric and labels of `istiocustom.<metric>.<label>.<value>...`; None for a name of another form.

    Values may have dots in them, and an empty one is not there at all.
    """
    if not name.startswith(_NAMESPACE):
        return None
    metric, _, rest = name.removeprefix(_NAMESPACE).partition(".")
    labels: dict[str, str] = {}
    label = ""
    for word in re.split(r"(?<!/)\.", rest) if rest else ():
        if word in LABELS and word not in labels:
            label = word
            labels[label] = ""
        elif label:
            labels[label] = f"{labels[label]}.{word}" if labels[label] else word
    return metric, labels


def owner_of(labels: Mapping[str, str]) -> Owner:
    """The service that was asked, as the proxy on one side saw it."""
    direction = {"destination": "inbound", "source": "outbound"}.get(labels.get("reporter", ""), "")
    service = labels.get("destination_service", "")
    if service in ("", "unknown"):
        service = labels.get("destination_service_name", "") or service
    return Owner(service, subset=_known(labels.get("destination_version", "")), direction=direction)


def _known(text: str) -> str:
    return "" if text == "unknown" else text
