"""The difference of two JSON values as a JSON Patch (RFC 6902), and its application."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

Operation = dict[str, Any]


class PatchError(Exception):
    """A patch that does not fit the value."""


def difference(before: Any, after: Any, path: str = "") -> Iterator[Operation]:
    """Operations that make `after` of `before`; lists of different lengths are replaced as wholes."""
    if before is after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in before:
            if key not in after:
                yield {"op": "remove", "path": f"{path}/{_escaped(key)}"}
        for key, value in after.items():
            inner = f"{path}/{_escaped(key)}"
            if key in before:
                yield from difference(before[key], value, inner)
            else:
                yield {"op": "add", "path": inner, "value": value}
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from difference(old, new, f"{path}/{index}")
    elif type(before) is not type(after) or before != after:
        yield {"op": "replace", "path": path, "value": after}


def apply(value: Any, operations: Any) -> Any:
    """The value after the operations of a patch. The value itself is not changed.

    Raises `PatchError`.
    """
    if not isinstance(operations, list) or not all(isinstance(item, dict) for item in operations):
        raise PatchError("a patch is a list of operations")
    for operation in operations:
        value = _after(value, operation)
    return value


def apply_known(value: Any, operations: Any) -> Any:
    """The value after those of the operations whose place it still has."""
    for operation in operations if isinstance(operations, list) else ():
        with suppress(PatchError):
            value = _after(value, operation)
    return value


def _after(value: Any, operation: Any) -> Any:
    name, path = (operation.get("op"), operation.get("path")) if isinstance(operation, dict) else (None, None)
    source = operation.get("from") if name in ("move", "copy") else ""
    if not isinstance(path, str) or not isinstance(source, str):
        raise PatchError(f"an operation {name!r} lacks its path")
    if name == "test":
        if _at(value, _steps(path)) != operation.get("value"):
            raise PatchError(f"{path} has another value than the patch was made for")
        return value
    new = operation.get("value")
    if name in ("move", "copy"):
        new = _at(value, _steps(source))
        if name == "move":
            value = _changed(value, _steps(source), "remove", None)
        name = "add"
    if name not in ("add", "remove", "replace"):
        raise PatchError(f"there is no operation {name!r}")
    return _changed(value, _steps(path), name, new)


def _changed(value: Any, steps: list[str], name: str, new: Any) -> Any:
    if not steps:
        return new
    step, rest = steps[0], steps[1:]
    if rest:
        inner = _changed(_at(value, [step]), rest, name, new)
        if isinstance(value, dict):
            return {**value, step: inner}
        return [*value[: int(step)], inner, *value[int(step) + 1 :]]
    if isinstance(value, dict):
        return {k: item for k, item in value.items() if k != step} if name == "remove" else {**value, step: new}
    if name == "add" and isinstance(value, list):
        index = len(value) if step == "-" else _index(step, len(value))
        return [*value[:index], new, *value[index:]]
    _at(value, [step])
    return [*value[: int(step)], *([] if name == "remove" else [new]), *value[int(step) + 1 :]]


def _at(value: Any, steps: list[str]) -> Any:
    for step in steps:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list):
            value = value[_index(step, len(value) - 1)]
        else:
            raise PatchError(f"there is no {step!r} at the place of an operation")
    return value


def _index(step: str, last: int) -> int:
    if not (step.isascii() and step.isdigit() and len(step) < 9 and int(step) <= last):
        raise PatchError(f"a list has no place {step!r}")
    return int(step)


def _steps(path: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
