"""Parts that many documents have in common, with what was made of them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Self = TypeVar("Self", bound="SharedDict | SharedList")


class SharedDict(dict[str, Any]):
    """A mapping that nobody may change, as many documents hold it: what is made of it holds for all of them."""

    __slots__ = ("made",)

    def __init__(self, items: dict[str, Any]) -> None:
        super().__init__(items)
        self.made: dict[Hashable, Any] = {}


class SharedList(list[Any]):
    """A list of that kind."""

    __slots__ = ("made",)

    def __init__(self, items: list[Any]) -> None:
        super().__init__(items)
        self.made: dict[Hashable, Any] = {}


SHARED = frozenset({SharedDict, SharedList})


def shared(data: Any) -> Any:
    """Data as parts that can be shared; parts that are keep what was made of them."""
    if data.__class__ in SHARED:
        return data
    if isinstance(data, dict):
        return SharedDict({key: shared(value) for key, value in data.items()})
    return SharedList([shared(item) for item in data]) if isinstance(data, list) else data


def converted(part: Self, how: Hashable, convert: Callable[[Self], Any]) -> Any:
    """What a conversion makes of a shared part, worked out once; `how` tells the conversion from others.

    It can be shared again: it is the part itself where the conversion changes nothing.
    """
    if how not in part.made:
        new = convert(part)
        part.made[how] = part if _is_same(new, part) else shared(new)
    return part.made[how]


def _is_same(new: Any, part: Any) -> bool:
    """Whether a part holds the same: not what equals it, as 1.0 and true equal 1."""
    if new is part or not isinstance(new, dict | list):
        return new is part
    if isinstance(new, dict):
        return list(new) == list(part) and all(new[key] is value for key, value in part.items())
    return len(new) == len(part) and all(map(operator.is_, new, part))
