"""What somebody may have meant by a name that does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORD = re.compile(r"_([a-z0-9])")


def closest(name: str, names: Iterable[str]) -> str:
    """The name that differs from `name` by the fewest typing errors, when they are few enough; else an empty text."""
    candidates = list(names)
    camel = _WORD.sub(lambda found: found.group(1).upper(), name)
    if camel in candidates:
        return camel
    lower = {candidate.lower(): candidate for candidate in candidates}
    if camel.lower() in lower:
        return lower[camel.lower()]
    limit = max(1, len(name) // 3)
    best, best_distance = "", limit + 1
    for candidate in candidates:
        distance = edit_distance(name.lower(), candidate.lower(), best_distance)
        if distance < best_distance:
            best, best_distance = candidate, distance
    return best


def edit_distance(one: str, other: str, limit: int) -> int:
    """The number of letters to insert, drop, change or swap with a neighbour; `limit` stands for anything above it."""
    if abs(len(one) - len(other)) >= limit:
        return limit
    before: list[int] = []
    previous = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        current = [i]
        for j, right in enumerate(other, 1):
            cost = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, before[j - 2] + 1)
            current.append(cost)
        if min(current) >= limit:
            return limit
        before, previous = previous, current
    return min(previous[-1], limit)
