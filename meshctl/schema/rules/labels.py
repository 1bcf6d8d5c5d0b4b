"""Labels and selectors."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.messages import Message
from meshctl.model.resource import Field
from meshctl.schema.grammars import values
from meshctl.schema.rules.reporting import doubtful, invalid, shown


def labels(field: Field) -> Iterator[Message]:
    """Checks the keys and values of labels (LABELS)."""
    if not field.value:
        return
    for key, value in field.items():
        if problem := values.label_key(key):
            yield invalid(value, f"{shown(key)}: {problem}", key=True)
        if problem := values.label_value(value.text):
            yield invalid(value, f"{shown(value.text)}: {problem}")


def workload_selector(field: Field) -> Iterator[Message]:
    """Checks `workloadSelector.labels` of Sidecar, ServiceEntry and EnvoyFilter (SELA)."""
    yield from _selector(field, "labels", "so the object holds for the whole namespace")


def label_selector(field: Field) -> Iterator[Message]:
    """Checks `selector.matchLabels` (SELB)."""
    yield from _selector(field, "matchLabels", "so it selects everything")


def _selector(field: Field, name: str, consequence: str) -> Iterator[Message]:
    if not field.present:
        return
    pairs = field[name]
    if not pairs:
        yield doubtful(field, f"has no labels, {consequence}", "write labels, or leave the selector out", key=True)
        return
    for key, value in pairs.items():
        if not key:
            yield invalid(value, "has an empty key", key=True)
        if "*" in key or "*" in value.text:
            yield invalid(value, "cannot have wildcards: labels are compared as they are", key="*" in key)
