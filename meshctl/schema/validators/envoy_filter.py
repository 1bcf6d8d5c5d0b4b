"""EnvoyFilter: what its schema cannot say (EF1-EF23)."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.messages import INVALID, Message
from meshctl.model.kinds.envoy_filter import ENVOY_FILTER
from meshctl.model.resource import Field, Resource
from meshctl.schema.grammars import values
from meshctl.schema.rules.envoy_names import CONNECTION_MANAGERS, DEPRECATED
from meshctl.schema.rules.envoy_values import envoy_value
from meshctl.schema.rules.labels import workload_selector
from meshctl.schema.rules.metadata import annotation_rules
from meshctl.schema.rules.reporting import doubtful, invalid, shown
from meshctl.schema.validators import validator

LONGEST_VERSION = 1024
"""Bytes of the expression for a proxy's version."""

_OBJECTS = ("listener", "routeConfiguration", "cluster", "waypoint")
_OBJECT_OF = {
    **dict.fromkeys(("LISTENER", "FILTER_CHAIN", "NETWORK_FILTER", "HTTP_FILTER"), "listener"),
    **dict.fromkeys(("ROUTE_CONFIGURATION", "VIRTUAL_HOST", "HTTP_ROUTE"), "routeConfiguration"),
    "CLUSTER": "cluster",
}
"""Which object a patch can be matched by; the other parts take any."""


@validator(ENVOY_FILTER)
def envoy_filter(resource: Resource) -> Iterator[Message]:
    """Checks an Envoy filter."""
    spec = resource.spec
    yield from annotation_rules(resource)
    selector = list(workload_selector(spec["workloadSelector"]))
    yield from selector
    if any(message.type is INVALID for message in selector):
        return
    hint = "prefer a WasmPlugin, Telemetry, Sidecar or another API where it can do the same"
    yield doubtful(spec, "patches what is internal to Istio, and can break with any upgrade", hint, key=True)
    for patch in spec["configPatches"]:
        if patch["match"]["context"].text == "WAYPOINT":
            continue
        problems = list(_required(patch)) or list(_proxy(patch["match"]["proxy"]["proxyVersion"]))
        yield from problems
        if any(message.type is INVALID for message in problems):
            continue
        problems = list(_match(patch))
        yield from problems
        if not any(message.type is INVALID for message in problems):
            yield from envoy_value(patch["patch"]["value"], patch["applyTo"].text)


def _required(patch: Field) -> Iterator[Message]:
    """The parts without which a patch is not looked at any further."""
    operation, value = patch["patch"]["operation"], patch["patch"]["value"]
    if patch["applyTo"].value in (None, "", "INVALID", 0):
        yield invalid(patch["applyTo"], "is missing: say which part of the configuration is patched")
    elif not patch["patch"].present:
        yield invalid(patch["patch"], "is missing")
    elif operation.value in (None, "", "INVALID", 0):
        yield invalid(operation, "is missing: say what is done to the part")
    elif operation.text != "REMOVE" and not value.present:
        yield invalid(value, f"is missing: {operation.text or 'the operation'} needs one")


def _proxy(version: Field) -> Iterator[Message]:
    if len(version.text.encode("utf-8", "surrogatepass")) > LONGEST_VERSION:
        yield doubtful(version, f"is ignored, as it is longer than {LONGEST_VERSION} bytes", key=True)
    elif version.text and (problem := values.regex(version.text)):
        yield invalid(version, f"{shown(version.text)} {problem}")


def _match(patch: Field) -> Iterator[Message]:
    match, part = patch["match"], patch["applyTo"].text
    wanted = _OBJECT_OF.get(part)
    written = [name for name in _OBJECTS if match[name].present]
    if wanted is None or not written:
        return
    if written[-1] != wanted:
        yield invalid(match[written[-1]], f"cannot stand with applyTo: {part}", f"write {wanted}", key=True)
    elif wanted == "listener" and match["listener"]["filterChain"]["filter"].present:
        yield from _filter(match["listener"]["filterChain"]["filter"], part)


def _filter(field: Field, part: str) -> Iterator[Message]:
    if part in ("LISTENER", "FILTER_CHAIN"):
        yield doubtful(field, f"has no effect with applyTo: {part}", key=True)
    name, inner = field["name"], field["subFilter"]
    if not name:
        yield invalid(name, "is missing")
        return
    if inner.present:
        if part != "HTTP_FILTER":
            yield invalid(inner, "needs applyTo: HTTP_FILTER", key=True)
            return
        if name.text not in CONNECTION_MANAGERS:
            yield invalid(name, f"{shown(name.text)} has no subFilter: only the HTTP connection manager has")
            return
        if not inner["name"]:
            yield invalid(inner["name"], "is missing")
            return
        yield from _current_name(inner["name"])
    yield from _current_name(name)


def _current_name(name: Field) -> Iterator[Message]:
    if name.text in DEPRECATED:
        yield doubtful(name, f"{shown(name.text)} is an old name", f"write {DEPRECATED[name.text]}")
