"""The difference of two JSON values as a JSON Patch (RFC 6902), and its application."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Operation = dict[str, Any]


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
    """The value after the operations; those whose place is gone are passed over. The value itself is not changed."""
    for operation in operations if isinstance(operations, list) else ():
        path = operation.get("path") if isinstance(operation, dict) else None
        if isinstance(path, str):
            steps = [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]
            value = _apply(value, steps, operation)
    return value


def _apply(value: Any, steps: list[str], operation: Operation) -> Any:
    if not steps:
        return operation.get("value")
    step, rest = steps[0], steps[1:]
    if isinstance(value, list):
        index = int(step) if step.isascii() and step.isdigit() and len(step) < 9 else len(value)
        if index >= len(value):
            return value
        return [*value[:index], _apply(value[index], rest, operation), *value[index + 1 :]]
    if not isinstance(value, dict):
        return value
    if rest:
        return {**value, step: _apply(value[step], rest, operation)} if step in value else value
    if operation.get("op") == "remove":
        return {key: item for key, item in value.items() if key != step}
    return {**value, step: operation.get("value")}


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
