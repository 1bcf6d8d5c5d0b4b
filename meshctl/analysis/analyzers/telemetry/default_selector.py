"""Several telemetry resources for a whole namespace."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import SEVERAL_DEFAULT_TELEMETRIES, Message
from meshctl.model.kinds.telemetry import TELEMETRY, for_namespace
from meshctl.model.selections import names
from meshctl.model.snapshot import Snapshot, by_namespace

_RELATED = 5


@analyzer("telemetry.DefaultSelectorAnalyzer", inputs={TELEMETRY}, emits={SEVERAL_DEFAULT_TELEMETRIES})
def default_selector(mesh: Snapshot) -> Iterator[Message]:
    """Checks that each namespace has one telemetry without a selector at most."""
    for namespace, group in by_namespace(filter(for_namespace, mesh[TELEMETRY])).items():
        if len({telemetry.name for telemetry in group}) > 1:
            shown = names(group)
            for telemetry in group:
                others = [other.at("metadata", "name") for other in group[:_RELATED] if other is not telemetry]
                yield SEVERAL_DEFAULT_TELEMETRIES.on(telemetry, related=others, telemetries=shown, namespace=namespace)
