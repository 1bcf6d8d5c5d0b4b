"""Names of fields in Protocol Buffers, which mesh settings may use beside the usual ones."""

from __future__ import annotations

import re
from functools import cache

from meshctl.model.resource import Field

_IRREGULAR = {"meshMTLS": "mesh_mTLS", "consecutive5xxErrors": "consecutive_5xx_errors"}
"""Names that the rule for snake_case does not lead back to."""


@cache
def proto_name(name: str) -> str:
    """The name of a field in its Protocol Buffer: `trust_domain` of `trustDomain`."""
    return _IRREGULAR.get(name) or re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


def member(field: Field, name: str) -> Field:
    """The field of that name, under whichever of its two names it is written; the usual one wins."""
    mapping = field.mapping
    other = proto_name(name)
    return field[other] if mapping.get(name) is None and mapping.get(other) is not None else field[name]
