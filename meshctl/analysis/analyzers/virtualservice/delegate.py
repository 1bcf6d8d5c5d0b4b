"""Delegates that do not exist."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.messages import NOT_FOUND, Message
from meshctl.model.kinds.virtual_service import VIRTUAL_SERVICE
from meshctl.model.snapshot import Snapshot


@analyzer("virtualservice.DelegateAnalyzer", inputs={VIRTUAL_SERVICE}, emits={NOT_FOUND})
def delegate(mesh: Snapshot) -> Iterator[Message]:
    """Checks that the virtual services which others delegate to exist."""
    delegates = any(not virtual_service.spec["hosts"] for virtual_service in mesh[VIRTUAL_SERVICE])
    for virtual_service in mesh[VIRTUAL_SERVICE]:
        for rule in virtual_service.spec["http"]:
            name = rule["delegate"]["name"]
            if not name.text:
                continue
            namespace = rule["delegate"]["namespace"].text or virtual_service.namespace
            if mesh.find(VIRTUAL_SERVICE, namespace, name.text) is None:
                yield NOT_FOUND.at(
                    name,
                    proven=delegates,
                    reftype="delegate",
                    refval=f"{namespace}/{name.text}",
                    hint="delegate.namespace is that of the virtual service itself unless it is set",
                )
