"""The order in which a Go program leaves a list whose comparison does not decide about every pair.

istioctl sorts some tables by such comparisons: route names count only where both are numbers, filter chains only by
where they lead. What comes out then follows from how Go sorts (`sort.Slice`, a pattern-defeating quicksort:
https://arxiv.org/abs/2106.05123), and scripts have got used to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from operator import itemgetter
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_SHORT = 12  # up to here, Go inserts one by one
_LONG = 50  # from here on, each of the three items that a pivot is chosen from is the middle one of three too
_ALL_SWAPPED = 12  # swaps when all of them were found in the wrong order
_FIXES = 5  # misplaced elements that Go moves before it gives up on a list that looked sorted
_WORD = (1 << 64) - 1


class _Hint(Enum):
    UNKNOWN = 0
    INCREASING = 1
    DECREASING = 2


def go_ordered(items: Iterable[T], less: Callable[[T, T], bool]) -> list[T]:
    """The items in the order of Go's `sort.Slice` with that comparison."""
    sorting = _Sorting(list(items), less)
    sorting.sort(0, len(sorting.items), len(sorting.items).bit_length())
    return sorting.items


def go_sorted(items: Iterable[T], key: Callable[[T], tuple[Any, ...]]) -> list[T]:
    """The items in the order of a key, and those with the same one as Go's `sort.Slice` leaves them."""
    keyed = [(key(item), item) for item in items]
    if len({place for place, _ in keyed}) == len(keyed):
        keyed.sort(key=itemgetter(0))  # much faster, and nothing is left open
    else:
        keyed = go_ordered(keyed, lambda first, second: first[0] < second[0])
    return [item for _, item in keyed]


class _Sorting(Generic[T]):
    """The list while it is being sorted; places are counted in it, and ends are behind the last place."""

    def __init__(self, items: list[T], less: Callable[[T, T], bool]) -> None:
        self.items = items
        self._less_items = less

    def less(self, first: int, second: int) -> bool:
        return self._less_items(self.items[first], self.items[second])

    def swap(self, first: int, second: int) -> None:
        items = self.items
        items[first], items[second] = items[second], items[first]

    def sort(self, start: int, end: int, bad_luck: int) -> None:
        balanced = partitioned = True
        while True:
            length = end - start
            if length <= _SHORT:
                self.insert_all(start, end)
                return
            if bad_luck == 0:
                # Go sorts by a heap here; no list of names is so adverse.
                self.insert_all(start, end)
                return
            if not balanced:
                self.shuffle(start, length)
                bad_luck -= 1
            pivot, hint = self.pivot(start, length)
            if hint is _Hint.DECREASING:
                self.items[start:end] = self.items[start:end][::-1]
                pivot = end - 1 - (pivot - start)
            if balanced and partitioned and hint is not _Hint.UNKNOWN and self.fix_few(start, end):
                return
            if start > 0 and not self.less(start - 1, pivot):
                start = self.split_equal(start, end, pivot)
                continue
            middle, partitioned = self.split(start, end, pivot)
            left, right = middle - start, end - middle
            balanced = min(left, right) >= length // 8
            if left < right:
                self.sort(start, middle, bad_luck)
                start = middle + 1
            else:
                self.sort(middle + 1, end, bad_luck)
                end = middle

    def insert_all(self, start: int, end: int) -> None:
        for place in range(start + 1, end):
            while place > start and self.less(place, place - 1):
                self.swap(place, place - 1)
                place -= 1

    def pivot(self, start: int, length: int) -> tuple[int, _Hint]:
        """A place whose item is likely in the middle, and what the comparisons say about the order there is."""
        quarter = length // 4
        places = [start + quarter, start + 2 * quarter, start + 3 * quarter]
        swaps = 0

        def middle_of(three: list[int]) -> int:
            nonlocal swaps
            for low in (0, 1, 0):
                if self.less(three[low + 1], three[low]):
                    three[low : low + 2] = three[low + 1], three[low]
                    swaps += 1
            return three[1]

        if length >= _LONG:
            places = [middle_of([place - 1, place, place + 1]) for place in places]
        found = middle_of(places)
        if swaps == 0:
            return found, _Hint.INCREASING
        return found, _Hint.DECREASING if swaps == _ALL_SWAPPED else _Hint.UNKNOWN

    def fix_few(self, start: int, end: int) -> bool:
        """Moves a few misplaced items; whether all are in order then."""
        place = start + 1
        for _ in range(_FIXES):
            while place < end and not self.less(place, place - 1):
                place += 1
            if place == end:
                return True
            if end - start < _LONG:
                return False
            self.swap(place, place - 1)
            if place - start >= 2:
                for lower in range(place - 1, 0, -1):
                    if not self.less(lower, lower - 1):
                        break
                    self.swap(lower, lower - 1)
            if end - place >= 2:
                for upper in range(place + 1, end):
                    if not self.less(upper, upper - 1):
                        break
                    self.swap(upper, upper - 1)
        return False

    def split(self, start: int, end: int, pivot: int) -> tuple[int, bool]:
        """Brings items below the pivot to its left; its new place, and whether they were there already."""
        self.swap(start, pivot)
        low, high = start + 1, end - 1
        untouched = True
        while True:
            while low <= high and self.less(low, start):
                low += 1
            while low <= high and not self.less(high, start):
                high -= 1
            if low > high:
                self.swap(high, start)
                return high, untouched
            untouched = False
            self.swap(low, high)
            low, high = low + 1, high - 1

    def split_equal(self, start: int, end: int, pivot: int) -> int:
        """Brings items that are no larger than the pivot to its left; where the larger ones begin."""
        self.swap(start, pivot)
        low, high = start + 1, end - 1
        while True:
            while low <= high and not self.less(start, low):
                low += 1
            while low <= high and self.less(start, high):
                high -= 1
            if low > high:
                return low
            self.swap(low, high)
            low, high = low + 1, high - 1

    def shuffle(self, start: int, length: int) -> None:
        """Swaps three items in the middle with others, so that no pattern stays; by a fixed sequence of numbers."""
        mask = (1 << length.bit_length()) - 1
        number = length
        first = start + length // 4 * 2 - 2
        for step in range(3):
            number ^= number << 13 & _WORD
            number ^= number >> 7
            number ^= number << 17 & _WORD
            other = number & mask
            self.swap(first + step, start + (other - length if other >= length else other))
