"""Telemetry: what its schema cannot say (TE1-TE15)."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.cel import CelSyntaxError
from meshctl.cel.macros import check_expression
from meshctl.messages import Message
from meshctl.model.kinds.telemetry import TELEMETRY
from meshctl.model.resource import Field, Resource
from meshctl.schema.rules.labels import label_selector
from meshctl.schema.rules.metadata import annotation_rules
from meshctl.schema.rules.reporting import doubtful, invalid, percentage
from meshctl.schema.rules.target_refs import target_refs
from meshctl.schema.validators import validator

_TAG_SOURCES = {"literal": "value", "header": "name", "environment": "name"}
"""Where the value of a tag comes from, and what that source has to say."""


@validator(TELEMETRY)
def telemetry(resource: Resource) -> Iterator[Message]:
    """Checks a telemetry object."""
    spec = resource.spec
    yield from annotation_rules(resource)
    yield from target_refs(resource)
    yield from label_selector(spec["selector"])
    for part in ("metrics", "tracing", "accessLogging"):
        for entry in spec[part]:
            yield from _providers(entry["providers"])
    for metric in spec["metrics"]:
        for override in metric["overrides"]:
            yield from _override(override)
    yield from _tracing(spec["tracing"])
    for log in spec["accessLogging"]:
        if log["filter"].present:
            yield from _expression(log["filter"]["expression"])


def _providers(providers: Field) -> Iterator[Message]:
    for provider in providers:
        if not provider["name"]:
            yield invalid(provider["name"], "is missing")


def _override(override: Field) -> Iterator[Message]:
    custom = override["match"]["customMetric"]
    if custom.present and not custom.value:
        yield invalid(custom, "is empty")
    for name, tag in override["tagOverrides"].items():
        if not name:
            yield doubtful(tag, "has an empty name", key=True)
        removes = tag["operation"].value in ("REMOVE", 1)
        if removes and tag["value"]:
            yield invalid(tag["value"], "cannot be set where the tag is removed", key=True)
        if not removes and not tag["value"]:
            yield invalid(tag["value"], "is missing", "write operation: REMOVE to drop the tag")


def _tracing(tracing: Field) -> Iterator[Message]:
    if len(tracing) > 1:
        yield doubtful(tracing[1], "is ignored: only one entry is supported", key=True)
    for entry in tracing:
        if len(entry["providers"]) > 1:
            yield doubtful(entry["providers"][1], "is ignored: only one provider is supported", key=True)
        yield from percentage(entry["randomSamplingPercentage"])
        for name, tag in entry["customTags"].items():
            if not name:
                yield invalid(tag, "has an empty name", key=True)
            for source, needed in _TAG_SOURCES.items():
                if tag[source].present and not tag[source][needed]:
                    yield invalid(tag[source][needed], "is missing")


def _expression(expression: Field) -> Iterator[Message]:
    try:
        check_expression(expression.text)
    except CelSyntaxError as error:
        if expression.text:
            yield invalid(expression, f"is no CEL expression: {error}")
        else:
            yield invalid(expression, "is missing: say which requests are logged")
