"""HTTP routes of virtual services (VH1-VH7, VM1-VM11, VR1-VR47)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from meshctl.messages import Message
from meshctl.model.resource import Field
from meshctl.schema.grammars import headers, hosts, values
from meshctl.schema.rules.destinations import destination
from meshctl.schema.rules.http_actions import cors_policy, direct_response, fault, redirect, retries, rewrite
from meshctl.schema.rules.labels import labels
from meshctl.schema.rules.reporting import (
    doubtful,
    duration,
    invalid,
    keys,
    not_negative,
    optional_port,
    optional_text,
    percentage,
    shown,
    text,
    texts,
)
from meshctl.schema.rules.weights import weights


class Context(NamedTuple):
    """What the rules need to know of the virtual service around a route."""

    delegate: bool
    """It has no hosts: others delegate to it."""
    at_gateway: bool
    """It is bound to gateways only."""
    derived: bool
    """istiod made it of a Gateway API route."""


def http_route(route: Field, context: Context) -> Iterator[Message]:
    """Checks one HTTP route.

    Virtual services are the most numerous of Istio's objects, and most of their fields are not written: what is looked
    at here is what the mapping holds.
    """
    written = route.mapping
    if written.get("delegate") is not None and not context.delegate:
        for name in ("redirect", "route"):
            if route[name]:
                yield invalid(route[name], "cannot stand beside delegate", "remove one of the two", key=True)
    else:
        yield from _actions(route, context)
    for match in route["match"]:
        yield from _match(match, context)
    if written.get("headers"):
        yield from header_changes(route["headers"])
        yield from _one_authority(route)
    for name, check in _PARTS.items():
        if written.get(name) is not None:
            yield from check(route[name])
    if not _MIRRORS.isdisjoint(written):
        yield from _mirrors(route)
    for target in route["route"]:
        if not target["destination"].present:
            yield invalid(target["destination"], "is missing")
        elif not context.derived:
            yield from destination(target["destination"])
        yield from not_negative(target["weight"])
        if target.mapping.get("headers"):
            yield from header_changes(target["headers"])
    yield from weights(route["route"])
    if "timeout" in written:
        yield from duration(route["timeout"])


_PARTS = {
    "corsPolicy": cors_policy,
    "fault": fault,
    "redirect": redirect,
    "directResponse": direct_response,
    "retries": retries,
    "rewrite": rewrite,
}
_MIRROR_PERCENT = ("mirrorPercent", "mirror_percent")
"""A field with two names in the CRD."""
_MIRRORS = frozenset({"mirror", "mirrors", "mirrorPercentage", *_MIRROR_PERCENT})


def _actions(route: Field, context: Context) -> Iterator[Message]:
    written = route.mapping
    if written.get("delegate") is not None:
        problem = "is not possible in a virtual service without hosts: delegation has one level only"
        yield invalid(route["delegate"], problem, key=True)
    if written.get("redirect") is not None:
        for name in ("route", "fault", "rewrite", "directResponse"):
            if route[name] if name == "route" else route[name].present:
                yield invalid(route[name], "cannot stand beside redirect", "remove one of the two", key=True)
    elif written.get("directResponse") is not None:
        for name in ("route", "fault", "rewrite"):
            if route[name] if name == "route" else route[name].present:
                yield invalid(route[name], "cannot stand beside directResponse", "remove one of the two", key=True)
    elif not written.get("route"):
        hint = "add route, redirect, directResponse or delegate"
        yield invalid(route["route"], "is missing: say what becomes of the request", hint)
    if written.get("mirror") is not None and written.get("mirrors"):
        yield invalid(route["mirrors"], "and mirror exclude each other", "move mirror into mirrors", key=True)


def _match(match: Field, context: Context) -> Iterator[Message]:
    written = match.mapping
    for name in ("headers", "withoutHeaders"):
        if not written.get(name):
            continue
        yield from keys(match[name], headers.matched_name)
        for key, condition in match[name].items():
            if headers.is_claim(key) and not context.at_gateway:
                problem = "is a claim of a token, which only routes at gateways can match"
                yield invalid(condition, problem, "bind the virtual service to gateways only", key=True)
            if name == "headers" or condition["regex"].text != "*":
                yield from string_match(condition)
    if written.get("uri") and match["uri"]["regex"].present:
        yield from _required_regex(match["uri"]["regex"])
    if written.keys() <= {"uri", "headers"}:
        return
    for name in ("scheme", "method", "authority"):
        yield from string_match(match[name])
    for condition in match["queryParams"].values():
        yield from string_match(condition)
    yield from optional_port(match["port"])
    yield from labels(match["sourceLabels"])
    yield from optional_text(match["sourceNamespace"], hosts.label)


def string_match(field: Field) -> Iterator[Message]:
    """Checks a condition on a text (SM): prefix and regex cannot be empty."""
    if not field.value:
        return
    if field["prefix"].present and not field["prefix"].text:
        yield invalid(field["prefix"], "is empty, and so matches anything", "leave the condition out")
    if field["regex"].present:
        yield from _required_regex(field["regex"])


def _required_regex(field: Field) -> Iterator[Message]:
    if not field.text:
        yield invalid(field, "is empty", "leave the condition out, or write .*")
    else:
        yield from text(field, values.regex)


def header_changes(field: Field) -> Iterator[Message]:
    """Checks what is added to, set in or removed from the headers of requests and answers (VR1-VR4)."""
    request, response = field["request"], field["response"]
    for changes, grammar in ((request, headers.added_name), (response, headers.changed_name)):
        for name in ("add", "set"):
            yield from keys(changes[name], grammar)
            for value in changes[name].values():
                if problem := headers.value(value.text):
                    yield invalid(value, f"{shown(value.text)} {problem}")
        yield from texts(changes["remove"], headers.changed_name)


def _one_authority(route: Field) -> Iterator[Message]:
    """The authority can be set in one place only (VR5)."""
    sources = [route["rewrite"]["authority"]] if route["rewrite"]["authority"] else []
    for name in ("set", "add"):
        for key, value in route["headers"]["request"][name].items():
            if key.lower() in ("host", ":authority"):
                sources.append(value)
    for source in sources[1:]:
        yield invalid(source, "sets the host of the request a second time", "set it in one place only", key=True)


def _mirrors(route: Field) -> Iterator[Message]:
    for percent in (route[name] for name in _MIRROR_PERCENT):
        if percent.present:
            yield doubtful(percent, "is deprecated", "write mirrorPercentage: {value: …}", key=True)
            if percent.number > 100:
                yield invalid(percent, "can be at most 100")
    yield from percentage(route["mirrorPercentage"]["value"])
    if route["mirror"].present:
        yield from destination(route["mirror"])
    for mirror in route["mirrors"]:
        if mirror["destination"].present:
            yield from destination(mirror["destination"])
        else:
            yield invalid(mirror["destination"], "is missing")
        yield from percentage(mirror["percentage"]["value"])
