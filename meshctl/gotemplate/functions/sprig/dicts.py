"""Maps from strings to anything."""

from __future__ import annotations

from typing import Any

from meshctl.gotemplate.errors import FunctionError
from meshctl.gotemplate.function import FunctionMap
from meshctl.gotemplate.functions.casts import is_empty, text_of
from meshctl.gotemplate.sizes import measured
from meshctl.gotemplate.types import STRING_LIST
from meshctl.gotemplate.values import TypedList, TypedMap, type_of


def dict_(*entries: Any) -> dict[str, Any]:
    """A map of the keys and values given in turn."""
    keys = [text_of(key) for key in entries[::2]]
    values = [*entries[1::2], ""] if len(entries) % 2 else entries[1::2]
    return dict(zip(keys, values, strict=True))


def _writable(map_: dict[str, Any]) -> dict[str, Any]:
    if isinstance(map_, TypedMap) and map_.is_nil:
        raise FunctionError("a nil map takes no entries")
    return map_


def get(map_: dict[str, Any], key: str) -> Any:
    """The value of a key, or an empty string."""
    return map_.get(key, "")


def set_(map_: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    """The map itself, with a value set in it."""
    _writable(map_)[key] = value
    return map_


def unset(map_: dict[str, Any], key: str) -> dict[str, Any]:
    """The map itself, without a key."""
    map_.pop(key, None)
    return map_


def has_key(map_: dict[str, Any], key: str) -> bool:
    """Whether the map has a key."""
    return key in map_


def pluck(key: str, *maps: dict[str, Any]) -> list[Any]:
    """The values of a key in those maps that have it."""
    return [map_[key] for map_ in maps if key in map_]


def keys(*maps: dict[str, Any]) -> TypedList:
    """The keys of the maps; Go gives them in any order, here it is that of the maps."""
    return TypedList(STRING_LIST, [key for map_ in maps for key in map_])


def values(map_: dict[str, Any]) -> list[Any]:
    """The values of the map; Go gives them in any order, here it is that of the map."""
    return list(map_.values())


def pick(map_: dict[str, Any], *names: str) -> dict[str, Any]:
    """A map of some of the keys."""
    return {name: map_[name] for name in names if name in map_}


def omit(map_: dict[str, Any], *names: str) -> dict[str, Any]:
    """A map without some of the keys."""
    return {name: value for name, value in map_.items() if name not in names}


def _merge(into: dict[str, Any], other: dict[str, Any], *, overwrite: bool) -> None:
    for key, value in other.items():
        have = into.get(key)
        if value is None:
            if overwrite:
                into[key] = None
        elif isinstance(value, dict) and isinstance(have, dict):
            _merge(have, value, overwrite=overwrite)
        elif key not in into or is_empty(have) or overwrite:
            into[key] = value


def merge(into: dict[str, Any], *others: dict[str, Any]) -> dict[str, Any]:
    """The first map, completed from the others: what it has and is not empty stays."""
    return _merged(into, others, overwrite=False)


def merge_overwrite(into: dict[str, Any], *others: dict[str, Any]) -> dict[str, Any]:
    """The first map, with what the others have put into it, the last one winning."""
    return _merged(into, others, overwrite=True)


def _merged(into: dict[str, Any], others: tuple[dict[str, Any], ...], *, overwrite: bool) -> dict[str, Any]:
    """The first map with the others in it; there is a new one if it is nil."""
    if others and isinstance(into, TypedMap) and into.is_nil:
        into = {}
    for other in others:
        _merge(measured(into), measured(other), overwrite=overwrite)
    return into


def dig(*steps: Any) -> Any:
    """What the keys lead to one after the other, or the default; the last two arguments are default and map."""
    if len(steps) < 3:
        raise FunctionError("dig takes at least a key, a default and a map")
    *path, fallback, found = steps
    for key in path:
        if not isinstance(found, dict) or type_of(found).name != "map[string]interface {}":
            raise FunctionError(f"there is no {key!r} in a value of type {type_of(found).name}")
        if not isinstance(key, str):
            raise FunctionError(f"a key is a string, not a value of type {type_of(key).name}")
        if key not in found:
            return fallback
        found = found[key]
    return found


def deep_copy(value: Any) -> Any:
    """A copy of the value that shares nothing with it."""
    return _copied(measured(value))


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        entries = {key: _copied(item) for key, item in value.items()}
        if isinstance(value, TypedMap):
            return TypedMap(value.go_type, None if value.is_nil else entries)
        return entries
    if isinstance(value, list):
        items = [_copied(item) for item in value]
        return TypedList(value.go_type, None if value.is_nil else items) if isinstance(value, TypedList) else items
    return value


DICTS: FunctionMap = {
    "deepCopy": deep_copy,
    "dict": dict_,
    "dig": dig,
    "get": get,
    "hasKey": has_key,
    "keys": keys,
    "merge": merge,
    "mergeOverwrite": merge_overwrite,
    "mustDeepCopy": deep_copy,
    "mustMerge": merge,
    "mustMergeOverwrite": merge_overwrite,
    "omit": omit,
    "pick": pick,
    "pluck": pluck,
    "set": set_,
    "unset": unset,
    "values": values,
}
