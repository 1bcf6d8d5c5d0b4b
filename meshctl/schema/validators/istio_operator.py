"""Rules of the installer's file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from meshctl.messages import Message
from meshctl.model.kinds.istio_operator import ISTIO_OPERATOR
from meshctl.model.resource import Field, Resource
from meshctl.schema.grammars import hosts
from meshctl.schema.grammars import values as grammars
from meshctl.schema.ineffective_values import ineffective_values
from meshctl.schema.rules.reporting import doubtful, invalid, optional_text, shown, text
from meshctl.schema.schemas import schema_of
from meshctl.schema.validators import validator
from meshctl.schema.validators.mesh_config import mesh_config
from meshctl.schema.validators.mesh_networks import networks

GATEWAYS = {"ingressGateways": "istio-ingressgateway", "egressGateways": "istio-egressgateway"}
"""The lists of gateways, and what the gateways of each are called in the values."""

_REPOSITORY = re.compile(r"[a-z0-9_./-]{2,255}")
_TAG = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_GATEWAY_NAME = re.compile(r"[a-z0-9.-]{1,254}")
_LAST_PRIVILEGED = 1023


@validator(ISTIO_OPERATOR)
def validate(resource: Resource) -> Iterator[Message]:
    """Checks an IstioOperator."""
    spec = resource.spec
    values = spec["values"]
    yield from _images(spec)
    yield from optional_text(spec["revision"], hosts.label)
    components = spec["components"]
    for name in GATEWAYS:
        for gateway in components[name]:
            yield from _gateway(gateway, values["gateways"][GATEWAYS[name]])
    for port in values["gateways"]["istio-ingressgateway"]["ingressPorts"]:
        # A port by name is none of the container's, and a number in quotes is a name here.
        if type(port["port"].value) is int and type(port["targetPort"].value) is not str:
            yield from _privileged(port)
    pilot = components["pilot"]["k8s"]["replicaCount"]
    if pilot.number > 1 and values["pilot"]["autoscaleEnabled"].value is True:
        yield doubtful(pilot, "is overridden by the autoscaler", "set values.pilot.autoscaleEnabled to false")
    yield from mesh_config(spec["meshConfig"])
    yield from mesh_config(values["meshConfig"])
    yield from networks(values["global"]["meshNetworks"])
    yield from _captured(values["global"]["proxy"])
    yield from _quantities(components)
    yield from ineffective_values(values)


def _images(spec: Field) -> Iterator[Message]:
    hub, tag = spec["hub"], spec["tag"]
    if hub.text and not _is_repository(f"{hub.text}/pilot"):
        yield invalid(hub, f"is no place for images: {shown(hub.text)}", "write it as docker.io/istio")
    if tag.present:
        tagged = str(tag.value).lower() if isinstance(tag.value, bool) else str(tag.value)
        if not _TAG.fullmatch(tagged):
            yield invalid(tag, f"takes 1 to 128 letters, digits, dots, dashes and underscores, not {shown(tagged)}")


def _is_repository(text: str) -> bool:
    registry, _, rest = text.partition("/")
    if "." in registry or ":" in registry:
        return _REPOSITORY.fullmatch(rest) is not None and not any(letter.isspace() for letter in registry)
    return _REPOSITORY.fullmatch(text) is not None


def _gateway(gateway: Field, values: Field) -> Iterator[Message]:
    name = gateway["name"]
    if name.text and not _GATEWAY_NAME.fullmatch(name.text):
        yield invalid(name, f"takes small letters, digits, dots and dashes, not {shown(name.text)}")
    if values["runAsRoot"].value is not True:
        for port in gateway["k8s"]["service"]["ports"]:
            if type(port["targetPort"].value) is not str:
                yield from _privileged(port)
    replicas = gateway["k8s"]["replicaCount"]
    if replicas.number and values["autoscaleEnabled"].value is True:
        yield doubtful(
            replicas, "is overridden by the autoscaler", "set autoscaleEnabled of the gateway's values to false"
        )


def _privileged(port: Field) -> Iterator[Message]:
    """A gateway does not run as root and cannot listen on a port that only root may use."""
    target = port["targetPort"]
    hint = f"choose a target port above {_LAST_PRIVILEGED}, or set runAsRoot of the gateway's values to true"
    if target.number:
        if target.number <= _LAST_PRIVILEGED:
            yield invalid(target, f"needs root ({target.number})", hint)
    elif port["port"].number <= _LAST_PRIVILEGED + 1:
        yield invalid(port, f"leads to port {port['port'].number}, which needs root, as it names no targetPort", hint)


def _captured(proxy: Field) -> Iterator[Message]:
    for name in ("includeIPRanges", "excludeIPRanges"):
        found = proxy[name]
        for part in found.text.split(",") if found.text not in ("", "*") else []:
            if "/" not in part or hosts.network(part):
                yield invalid(found, f"must be * or ranges such as 10.0.0.0/8 with commas, without {shown(part)}")
                break
    for name in ("includeInboundPorts", "excludeInboundPorts"):
        found = proxy[name]
        for part in found.text.split(","):
            number = part.isascii() and part.isdigit() and len(part) < 10 and int(part) <= 65535
            if part not in ("", "*") and not number:
                yield invalid(found, f"must be * or ports from 0 to 65535 with commas, without {shown(part)}")
                break


def _quantities(components: Field) -> Iterator[Message]:
    """Amounts of resources wherever Kubernetes types stand in the settings of a component."""
    for name, component in components.items():
        for entry in component if name in GATEWAYS else [component]:
            yield from _quantities_below(entry["k8s"])


def _quantities_below(field: Field) -> Iterator[Message]:
    if type(field.value) is str:
        schema = schema_of(ISTIO_OPERATOR)
        quantity = schema is not None and schema.node(field.path).get("x-meshctl-wkt") == "quantity"
        if quantity:
            yield from text(field, grammars.quantity)
        return
    for child in field if type(field.value) is list else (item for _, item in field.items()):
        if child.key != "overlays":
            yield from _quantities_below(child)
