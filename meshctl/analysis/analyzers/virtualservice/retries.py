"""Retries that the timeout of the whole request cuts off."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.analysis.analyzer import analyzer
from meshctl.durations import nanoseconds
from meshctl.messages import RETRIES_OUTLAST_TIMEOUT, Message
from meshctl.model.kinds.virtual_service import VIRTUAL_SERVICE
from meshctl.model.snapshot import Snapshot


@analyzer("virtualservice.RetryTimeoutAnalyzer", inputs={VIRTUAL_SERVICE}, emits={RETRIES_OUTLAST_TIMEOUT})
def retries(mesh: Snapshot) -> Iterator[Message]:
    """Checks that the first try and all retries fit into the timeout."""
    for virtual_service in mesh[VIRTUAL_SERVICE]:
        for rule in virtual_service.spec["http"]:
            again = rule["retries"]
            if not again:
                continue
            timeout, per_try = rule["timeout"], again["perTryTimeout"]
            whole, each = nanoseconds(timeout.text), nanoseconds(per_try.text)
            tries = 1 + again["attempts"].number
            if whole and each and tries > 1 and tries * each > whole > 0:
                yield RETRIES_OUTLAST_TIMEOUT.at(
                    per_try, related=[timeout], tries=tries, per_try=per_try.text, timeout=timeout.text
                )
