"""The order in which Go's `sort.Slice` leaves things."""

from __future__ import annotations

import random

import pytest

from meshctl.proxyconfig.go_order import go_ordered, go_sorted


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


def test_items_with_the_same_key_stay_where_go_leaves_them() -> None:
    few = [(index % 2, index) for index in range(12)]
    many = [(index % 2, index) for index in range(60)]
    assert go_sorted(few, lambda item: (item[0],)) == sorted(few)
    found = go_sorted(many, lambda item: (item[0],))
    assert [first for first, _ in found] == [0] * 30 + [1] * 30
    assert found == go_ordered(many, lambda first, second: first[0] < second[0])
    assert found != sorted(many)
