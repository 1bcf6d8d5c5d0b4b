"""Workload groups that cannot be told apart."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import SAME_WORKLOAD_GROUP, Message
from meshctl.model.kinds.workload_group import WORKLOAD_GROUP
from meshctl.model.resource import Resource
from meshctl.model.selectors import selector_text
from meshctl.model.snapshot import Snapshot


@analyzer("workloadgroup.LabelAnalyzer", inputs={WORKLOAD_GROUP}, emits={SAME_WORKLOAD_GROUP})
def labels(mesh: Snapshot) -> Iterator[Message]:
    """Checks that no two workload groups of a namespace give their machines the same labels."""
    groups: dict[tuple[str, str], list[Resource]] = {}
    for group in mesh[WORKLOAD_GROUP]:
        given = group.spec["metadata"]["labels"].mapping
        if given:
            groups.setdefault((group.namespace, selector_text(given)), []).append(group)
    for alike in groups.values():
        if len(alike) > 1:
            for group in alike:
                others = [other for other in alike[:6] if other is not group]
                yield SAME_WORKLOAD_GROUP.at(
                    group.spec["metadata"]["labels"],
                    related=[other.spec["metadata"]["labels"] for other in others],
                    others=[other.full_name for other in others],
                )
