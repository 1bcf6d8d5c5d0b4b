"""What `validate` demands of Services and Deployments beyond their schema: protocols of ports, labels of telemetry.

Istio works without, by looking at the traffic, so `analyze` says less about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from meshctl.messages import INVALID, MISSING_LABELS, Message
from meshctl.model.kinds.deployment import DEPLOYMENT
from meshctl.model.kinds.service import SERVICE
from meshctl.model.resource import Field, Resource, format_path
from meshctl.schema.grammars import values

NAME_LABELS = ("service.istio.io/canonical-name", "app.kubernetes.io/name", "app")
VERSION_LABELS = ("service.istio.io/canonical-revision", "app.kubernetes.io/version", "version")


def conventions(resources: Iterable[Resource], istio_namespace: str) -> Iterator[Message]:
    """Checks each Service and Deployment that names no namespace, or another one than the control plane's."""
    for resource in resources:
        if resource.metadata.get("namespace") == istio_namespace:
            continue
        if resource.kind is SERVICE:
            if not resource.spec.present:
                yield INVALID.at(resource.spec, problem="spec is missing: a service has ports")
            for port in resource.spec["ports"]:
                yield from _port(port)
        elif resource.kind is DEPLOYMENT:
            yield from _labels(resource.spec["template"]["metadata"]["labels"])


def _port(port: Field) -> Iterator[Message]:
    if port["protocol"].text.upper() == "UDP":
        return
    where = format_path(port.path)
    hint = f"use one of {', '.join(sorted(values.PROTOCOLS))}"
    protocol, name = port["appProtocol"], port["name"]
    if protocol.present:
        if values.protocol(protocol.text):
            yield INVALID.at(protocol, problem=f"{where}.appProtocol is no protocol that Istio knows", hint=hint)
    elif not name.present:
        yield INVALID.at(port, problem=f"{where} has neither a name nor an appProtocol to tell its protocol", hint=hint)
    elif values.protocol(name.text.partition("-")[0]):
        problem = f"{where}.name does not begin with a protocol: {name.text!r}"
        yield INVALID.at(name, problem=problem, hint=f"write it as http-{name.text or 'web'}, or set appProtocol")


def _labels(labels: Field) -> Iterator[Message]:
    for what, names in (("name", NAME_LABELS), ("version", VERSION_LABELS)):
        if not any(name in labels.mapping for name in names):
            yield MISSING_LABELS.at(labels, what=what, names=names)
