"""The order in which Go's `sort.Slice` leaves things."""

from __future__ import annotations

import random

import pytest

from meshctl.proxyconfig.go_order import go_ordered


@pytest.mark.parametrize("length", [0, 1, 2, 12, 13, 49, 50, 51, 200, 1000])
@pytest.mark.parametrize("kind", ["random", "few", "rising", "falling", "nearly"])
def test_a_full_order_is_sorted(length: int, kind: str) -> None:
    numbers = random.Random(length)
    items = {
        "random": [numbers.randrange(10**6) for _ in range(length)],
        "few": [numbers.randrange(3) for _ in range(length)],
        "rising": list(range(length)),
        "falling": list(range(length, 0, -1)),
        "nearly": [*range(5, length), *range(min(5, length))],
    }[kind]
    assert go_ordered(items, lambda first, second: first < second) == sorted(items)


def test_up_to_twelve_are_inserted_one_by_one() -> None:
    names = ["15010", "80", "15014", "x:15021", "9080", "y"]
    shown = go_ordered(names, lambda a, b: a.isdigit() and b.isdigit() and int(a) < int(b))
    assert shown == ["80", "15010", "15014", "x:15021", "9080", "y"]
