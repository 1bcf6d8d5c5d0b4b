"""Lists."""

from __future__ import annotations

from typing import Any

from meshctl.gotemplate.errors import FunctionError
from meshctl.gotemplate.function import FunctionMap
from meshctl.gotemplate.functions.casts import deep_equal, is_empty
from meshctl.gotemplate.sizes import bounded
from meshctl.gotemplate.types import ANY_LIST, slice_of
from meshctl.gotemplate.values import TypedList, Uint8, type_of

_LISTS = slice_of(ANY_LIST)


def _items(values: Any) -> list[Any]:
    if isinstance(values, bytes):
        return [Uint8(byte) for byte in values]
    if not isinstance(values, list):
        raise FunctionError(f"a list is wanted, not a value of type {type_of(values).name}")
    return values


def list_(*values: Any) -> list[Any]:
    """A list of the values."""
    return list(values)


def append(values: Any, value: Any) -> list[Any]:
    """A list with one more value at its end."""
    return [*_items(values), value]


def prepend(values: Any, value: Any) -> list[Any]:
    """A list with one more value at its start."""
    return [value, *_items(values)]


def concat(*lists: Any) -> Any:
    """The lists in one."""
    bounded(sum(len(_items(values)) for values in lists))
    return [item for values in lists for item in _items(values)]


def first(values: Any) -> Any:
    """The first element, or nil."""
    return next(iter(_items(values)), None)


def last(values: Any) -> Any:
    """The last element, or nil."""
    return next(reversed(_items(values)), None)


def rest(values: Any) -> Any:
    """All but the first element."""
    return _nil_if_empty(_items(values), _items(values)[1:])


def initial(values: Any) -> Any:
    """All but the last element."""
    return _nil_if_empty(_items(values), _items(values)[:-1])


def _nil_if_empty(values: list[Any], part: list[Any]) -> list[Any]:
    return part if values else TypedList(ANY_LIST, None)


def reverse(values: Any) -> list[Any]:
    """The elements from the last to the first."""
    return _items(values)[::-1]


def _key(value: Any) -> Any:
    """What equal values have in common, to look them up by; None if they must be compared one by one."""
    return (type(value), value) if isinstance(value, str | int | float) and type(value) is not float else None


class _Bag:
    """Values that others are compared with."""

    def __init__(self, values: list[Any]) -> None:
        self.keys: set[Any] = set()
        self.others: list[Any] = []
        for value in values:
            self.add(value)

    def add(self, value: Any) -> None:
        key = _key(value)
        if key is None:
            self.others.append(value)
        else:
            self.keys.add(key)

    def __contains__(self, value: Any) -> bool:
        key = _key(value)
        return key in self.keys if key is not None else any(deep_equal(value, other) for other in self.others)


def uniq(values: Any) -> list[Any]:
    """The elements, each one once."""
    seen, found = _Bag([]), []
    for value in _items(values):
        if value not in seen:
            seen.add(value)
            found.append(value)
    return found


def without(values: Any, *others: Any) -> list[Any]:
    """The elements that are none of the others."""
    bag = _Bag(list(others))
    return [value for value in _items(values) if value not in bag]


def has(value: Any, values: Any) -> bool:
    """Whether a list has an element."""
    return values is not None and value in _Bag(_items(values))


def compact(values: Any) -> list[Any]:
    """The elements that are not empty."""
    return [value for value in _items(values) if not is_empty(value)]


def slice_(values: Any, *places: Any) -> Any:
    """The elements from one place up to another."""
    items = _items(values)
    if not items:
        return None
    start, end = [*map(_place, places), *[0, len(items)][len(places) :]][:2]
    if not 0 <= start <= end <= len(items):
        raise FunctionError(f"elements {start} to {end} of a list of {len(items)}")
    part = items[start:end]
    return TypedList(values.go_type, part) if isinstance(values, TypedList) else part


def _place(value: Any) -> int:
    from meshctl.gotemplate.functions.casts import to_int64

    return int(to_int64(value))


def chunk(size: int, values: Any) -> TypedList:
    """The elements in lists of a size."""
    items = _items(values)
    if size < 1:
        raise FunctionError("the size of the parts is at least 1")
    return TypedList(_LISTS, [items[at : at + size] for at in range(0, len(items), size)])


LISTS: FunctionMap = {
    "append": append,
    "chunk": chunk,
    "compact": compact,
    "concat": concat,
    "first": first,
    "has": has,
    "initial": initial,
    "last": last,
    "list": list_,
    "mustAppend": append,
    "mustChunk": chunk,
    "mustCompact": compact,
    "mustFirst": first,
    "mustHas": has,
    "mustInitial": initial,
    "mustLast": last,
    "mustPrepend": prepend,
    "mustPush": append,
    "mustRest": rest,
    "mustReverse": reverse,
    "mustSlice": slice_,
    "mustUniq": uniq,
    "mustWithout": without,
    "prepend": prepend,
    "push": append,
    "rest": rest,
    "reverse": reverse,
    "slice": slice_,
    "tuple": list_,
    "uniq": uniq,
    "without": without,
}
