"""Durations as Go writes them, which is how Kubernetes, Istio and their command lines take them."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

_UNITS = {"h": 3600 * 10**9, "m": 60 * 10**9, "s": 10**9, "ms": 10**6, "us": 10**3, "µs": 10**3, "μs": 10**3, "ns": 1}
_PART = re.compile(r"(\d+\.?\d*|\.\d+)(h|ms|m|s|us|µs|μs|ns)")
_DURATION = re.compile(r"[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:h|ms|m|s|us|µs|μs|ns))+)", re.ASCII)

LONGEST = 2**63 - 1
"""Nanoseconds that a duration can have, about 292 years."""


@lru_cache(4096)
def nanoseconds(text: str) -> int | None:
    """The nanoseconds of a duration such as `1m30s`; None for a text that is none (`5`, `1d`, `1e3s`)."""
    if not _DURATION.fullmatch(text):
        return None
    total = int(sum(Decimal(number) * _UNITS[unit] for number, unit in _PART.findall(text)))
    if total > LONGEST:
        return None
    return -total if text.startswith("-") else total
