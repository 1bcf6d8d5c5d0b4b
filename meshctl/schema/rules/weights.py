"""Shares of traffic between several destinations."""

from __future__ import annotations

from collections.abc import Iterator

from meshctl.messages import Message
from meshctl.model.resource import Field
from meshctl.schema.rules.reporting import invalid


def weights(route: Field) -> Iterator[Message]:
    """Checks that several destinations have weights that are not all 0 (VR45); they need not add up to 100."""
    if len(route) > 1 and sum(target["weight"].number for target in route) == 0:
        yield invalid(route, "has several destinations and no weights", "give each destination a weight", key=True)
