"""Telemetry resources without pods, and several of them for one pod."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import NOT_FOUND, TELEMETRIES_ON_ONE_POD, Message
from meshctl.model.kinds.telemetry import TELEMETRY
from meshctl.model.selections import Selections, first_label, names
from meshctl.model.selectors import selector_text
from meshctl.model.snapshot import Snapshot
from meshctl.model.workloads import WORKLOAD_KINDS, pods_by_namespace

_RELATED = 5


@analyzer("telemetry.SelectorAnalyzer", inputs={TELEMETRY, *WORKLOAD_KINDS}, emits={NOT_FOUND, TELEMETRIES_ON_ONE_POD})
def selector(mesh: Snapshot) -> Iterator[Message]:
    """Checks that the selectors of telemetries match pods, and no two of them the same pod."""
    selections = Selections(
        mesh,
        (
            (telemetry, labels.mapping)
            for telemetry in mesh[TELEMETRY]
            if (labels := telemetry.spec["selector"]["matchLabels"]).mapping
        ),
    )
    for telemetry, wanted in selections.idle():
        yield NOT_FOUND.at(
            first_label(telemetry.spec["selector"]["matchLabels"]),
            needs=WORKLOAD_KINDS,
            proven=telemetry.namespace in pods_by_namespace(mesh),
            reftype="selector",
            refval=selector_text(wanted),
            hint=f"compare the labels with those of the pods in namespace {telemetry.namespace}",
        )
    for telemetries, pods in selections.groups():
        if len(telemetries) > 1:
            shown = names(telemetries)
            for telemetry in telemetries:
                yield TELEMETRIES_ON_ONE_POD.on(
                    telemetry,
                    related=[found.spec["selector"] for found in telemetries[:_RELATED] if found is not telemetry],
                    telemetries=shown,
                    namespace=telemetry.namespace,
                    pod=pods[0].resource.name,
                )
