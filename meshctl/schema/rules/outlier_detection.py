"""Ejection of endpoints that fail (OutlierDetection)."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.messages import DOUBTFUL, Message, MessageType
from meshctl.model.resource import Field
from meshctl.schema.rules.reporting import doubtful, duration, invalid, percentage


def outlier_detection(field: Field, warning: MessageType = DOUBTFUL, *, deprecations: bool = True) -> Iterator[Message]:
    """Checks the settings, where there are any (OD1-OD4; without OD2 unless `deprecations`)."""
    if not field.value:
        return
    yield from duration(field["baseEjectionTime"])
    yield from duration(field["interval"])
    if deprecations and field["consecutiveErrors"].number:
        hint = "use consecutive5xxErrors or consecutiveGatewayErrors"
        yield doubtful(field["consecutiveErrors"], "is deprecated", hint, key=True, as_type=warning)
    failures = field["consecutiveLocalOriginFailures"]
    if failures.number > 0 and field["splitExternalLocalOriginErrors"].value is not True:
        yield invalid(failures, "needs splitExternalLocalOriginErrors: true", key=True)
    for name in ("maxEjectionPercent", "minHealthPercent"):
        yield from percentage(field[name])
