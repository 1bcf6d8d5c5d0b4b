"""Who sees an object: `exportTo`."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.messages import Message
from meshctl.model.resource import Field
from meshctl.schema.grammars import hosts
from meshctl.schema.rules.reporting import invalid, shown


def export_to(field: Field, *, nowhere: bool = False) -> Iterator[Message]:
    """Checks `exportTo` (EXP1-EXP5); `nowhere` says whether `~` is allowed, as for a ServiceEntry."""
    if not field.value:
        return
    namespace = field.resource.namespace
    seen = set()
    alone = {"*", "~"} if nowhere else {"*"}
    for item in field:
        text = item.text
        if text == "~":
            if not nowhere:
                yield invalid(item, '"~" is possible for service entries only')
        elif text not in (".", "*") and (problem := hosts.label(text)):
            yield invalid(item, f"{shown(text)} is neither ., * nor a namespace: {problem}")
        meant = namespace if text == "." else text
        if meant in seen:
            yield invalid(item, f"{shown(text)} stands there twice", "remove one of the two")
        seen.add(meant)
    for text in alone & seen:
        if len(field) > 1:
            item = next(item for item in field if item.text == text)
            yield invalid(item, f"{shown(text)} has to stand alone", "remove the other entries")


def own_namespace_only(field: Field) -> Iterator[Message]:
    """Checks that a rule for some workloads is seen in its own namespace only (EXP6)."""
    if not field.value:
        return
    if len(field) != 1 or field[0].text not in (".", field.resource.namespace):
        yield invalid(field, 'can only be ["."] beside a workloadSelector', key=True)
