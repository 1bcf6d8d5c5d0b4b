"""Label selectors, and look-ups of labelled resources that do not test every resource."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

T = TypeVar("T")

Labels = Mapping[str, Any]


def matches(selector: Labels, labels: Labels) -> bool:
    """Whether all pairs of an equality selector are among the labels; an empty selector matches everything."""
    return all(labels.get(key) == value for key, value in selector.items())


def selector_text(selector: Labels) -> str:
    """The pairs `key=value`, sorted and joined with commas."""
    return ",".join(f"{key}={value}" for key, value in sorted(selector.items()))


def matches_label_selector(selector: Any, labels: Labels) -> bool:
    """Whether a Kubernetes LabelSelector (`matchLabels` and `matchExpressions`) matches; a missing one matches all.

    An expression with an operator that Kubernetes does not know matches nothing.
    """
    if not isinstance(selector, Mapping):
        return selector is None
    pairs = selector.get("matchLabels") or {}
    if not isinstance(pairs, Mapping) or not matches(pairs, labels):
        return False
    expressions = selector.get("matchExpressions") or ()
    if not isinstance(expressions, list | tuple):
        return False
    for expression in expressions:
        if not isinstance(expression, Mapping) or not _holds(expression, labels):
            return False
    return True


def _holds(expression: Labels, labels: Labels) -> bool:
    key, operator, values = expression.get("key"), expression.get("operator"), expression.get("values") or ()
    if not isinstance(key, str) or not isinstance(values, list | tuple):
        return False
    present = key in labels
    if operator == "In":
        return present and labels[key] in values
    if operator == "NotIn":
        return not present or labels[key] not in values
    if operator == "Exists":
        return present
    if operator == "DoesNotExist":
        return not present
    return False


class LabelIndex(Generic[T]):
    """Items by their labels. A selector is answered from the rarest of its pairs, so that only few items are tested.

    The pairs are looked at when the first selector comes: many an index is made and never asked.
    """

    __slots__ = ("_all", "_filed", "_pairs")

    def __init__(self, items: Iterable[tuple[Labels, T]] = ()) -> None:
        self._all: list[tuple[Labels, T]] = list(items)
        self._filed = 0  # how many of them `_pairs` holds
        self._pairs: dict[tuple[str, Any], list[tuple[Labels, T]]] = {}

    def add(self, labels: Labels, item: T) -> None:
        """Adds an item with its labels."""
        self._all.append((labels, item))

    def _file(self) -> None:
        pairs = self._pairs
        for entry in self._all[self._filed :]:
            for key, value in entry[0].items():
                if type(value) is str:
                    found = pairs.get((key, value))
                    if found is None:
                        pairs[key, value] = [entry]
                    else:
                        found.append(entry)
        self._filed = len(self._all)

    def select(self, selector: Labels) -> Iterator[T]:
        """The items that an equality selector matches, in the order in which they were added."""
        if not selector:
            for _, item in self._all:
                yield item
            return
        if self._filed < len(self._all):
            self._file()
        rarest: list[tuple[Labels, T]] | None = None
        for key, value in selector.items():
            found = self._pairs.get((key, value)) if type(value) is str else None
            if not found:
                return
            if rarest is None or len(found) < len(rarest):
                rarest = found
        for labels, item in rarest or ():
            if matches(selector, labels):
                yield item

    def any(self, selector: Labels) -> bool:
        """Whether the selector matches any item."""
        return next(self.select(selector), None) is not None

    def __len__(self) -> int:
        return len(self._all)


class SelectorIndex(Generic[T]):
    """Items by their equality selectors: the reverse of `LabelIndex`, which finds the selectors that match labels.

    Each selector is filed under one of its pairs, so that only selectors which share a pair with the labels are tested.
    """

    __slots__ = ("_everything", "_pairs")

    def __init__(self, items: Iterable[tuple[Labels, T]] = ()) -> None:
        self._everything: list[T] = []
        self._pairs: dict[tuple[str, Any], list[tuple[Labels, T]]] = {}
        for selector, item in items:
            self.add(selector, item)

    def add(self, selector: Labels, item: T) -> None:
        """Adds an item with its selector; an empty selector matches all labels."""
        if not selector:
            self._everything.append(item)
            return
        # The longest value is likely the most telling one: `app: reviews` rather than `tier: web`.
        pairs = [(key, value) for key, value in selector.items() if type(value) is str]
        if len(pairs) == len(selector):  # a value that is no text matches nothing
            self._pairs.setdefault(max(pairs, key=lambda pair: len(pair[1])), []).append((selector, item))

    def matching(self, labels: Labels) -> Iterator[T]:
        """The items whose selectors match the labels."""
        yield from self._everything
        for key, value in labels.items():
            if type(value) is str:
                for selector, item in self._pairs.get((key, value), ()):
                    if matches(selector, labels):
                        yield item
