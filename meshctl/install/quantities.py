"""Values that Kubernetes writes in more than one way, though they mean the same."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

_QUANTITY = re.compile(r"([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))(?:([KMGTPE]i|[numkMGTPE])|([eE][+-]?[0-9]+))?")
_UNITS = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}

_PARENTS = frozenset({"limits", "requests", "hard", "capacity", "overhead"})
"""Mappings of which every value is a quantity."""

_QUANTITIES = frozenset({"sizeLimit", "divisor", "averageValue"})
"""Fields that are quantities by themselves."""

_INT_OR_STRING = frozenset({"port", "targetPort", "maxSurge", "maxUnavailable", "minAvailable"})


def quantity(value: Any) -> Decimal | None:
    """The number that a quantity such as `500m` or `1Gi` stands for; None for something else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return Decimal(str(value))
    found = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    number, unit, exponent = found.groups()
    if exponent:
        return Decimal(number + exponent)
    if unit in _BINARY:
        return Decimal(number) * Decimal(1024) ** _BINARY[unit]
    return Decimal(number).scaleb(_UNITS[unit or ""])


def same(parent: str, name: str, one: Any, other: Any) -> bool:
    """Whether two plain values of the field `name` below `parent` mean the same to an API server."""
    if one == other:
        return isinstance(one, bool) is isinstance(other, bool)
    if parent in _PARENTS or name in _QUANTITIES:
        found = quantity(one)
        return found is not None and found == quantity(other)
    if name in _INT_OR_STRING and not isinstance(one, bool) and not isinstance(other, bool):
        return str(one) == str(other)
    return False
