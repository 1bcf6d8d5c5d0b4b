"""Overlays: changes of single fields of a rendered object, named by a path.

Source: the facts of `components.*.k8s.overlays`. A path has names with dots between them, `\\.` for a dot in a name,
and for items of a list `[2]` (a number beyond the end, or -1, appends), `[key:value]` (the mapping with that field) and
`[:regex]` (the scalar that matches).
"""

from __future__ import annotations

import copy
from typing import Any

from meshctl.charts.set_flags import scalar_text
from meshctl.charts.trees import Tree
from meshctl.documents import MAX_DEPTH, Chunk, DocumentError, parse

_REMOVED = object()


class _NotFoundError(Exception):
    """The path leads nowhere; the text says where it stops."""


def patch_path(target: Tree, path: str, value: Any) -> tuple[Tree, str]:
    """The object with the value at the path (without it, when the value is null), and why nothing changed, if so."""
    steps = _steps(path)
    if not steps:
        return target, "the path is empty"
    if len(steps) > MAX_DEPTH:
        return target, "the path is longer than any object is deep"
    try:
        steps, value = _expanded(steps, value)
        found = _changed(copy.deepcopy(target), steps, _REMOVED if value is None else value)
    except _NotFoundError as error:
        return target, str(error)
    return found if isinstance(found, dict) else target, ""


def _steps(path: str) -> list[str]:
    """Names and bracketed selectors; a dot inside brackets or behind a backslash belongs to the step."""
    steps = []
    step = ""
    depth = 0
    index = 0
    while index < len(path):
        letter = path[index]
        if letter == "\\" and path[index + 1 : index + 2] == "." and not depth:
            step += "."
            index += 1
        elif letter == "." and not depth:
            if step:
                steps.append(step)
            step = ""
        else:
            if letter == "[" and not depth and step:
                steps.append(step)
                step = ""
            depth += (letter == "[") - (letter == "]" and depth > 0)
            step += letter
        index += 1
    return [*steps, step] if step else steps


def _expanded(steps: list[str], value: Any) -> tuple[list[str], Any]:
    """Path and value; a text of several lines that is a YAML mapping stands for that mapping.

    Where the path ends in a name, istioctl puts the mapping's first entry beside it instead of below it.
    """
    if not isinstance(value, str) or "\n" not in value or ": " not in value.replace(":\n", ": "):
        return steps, value
    try:
        found = parse(Chunk(value, 1)).data
    except DocumentError:
        return steps, value
    if not isinstance(found, dict) or not found:
        return steps, value
    if steps[-1].startswith("["):
        return steps, found
    key, first = next(iter(found.items()))
    return [*steps[:-1], str(key)], first


def _changed(holder: Any, steps: list[str], value: Any) -> Any:
    """The holder after the change; it is changed in place where it is a mapping or a list."""
    step, *rest = steps
    if step.startswith("[") and step.endswith("]"):
        return _changed_item(holder, step[1:-1], rest, value)
    if holder is None:
        if value is _REMOVED:
            raise _NotFoundError(f"there is no {step}")
        holder = {}
    if not isinstance(holder, dict):
        raise _NotFoundError(f"what stands before {step} is no mapping")
    if rest:
        if value is _REMOVED and step not in holder:
            raise _NotFoundError(f"there is no {step}")
        holder[step] = _changed(holder.get(step), rest, value)
    elif value is _REMOVED:
        if step not in holder:
            raise _NotFoundError(f"there is no {step}")
        del holder[step]
    elif isinstance(holder.get(step), list) and not isinstance(value, list | dict):
        holder[step].append(value)
    else:
        holder[step] = value
    return holder


def _changed_item(holder: Any, selector: str, rest: list[str], value: Any) -> Any:
    if holder is None and value is not _REMOVED and _number(selector) is not None:
        holder = []
    if not isinstance(holder, list):
        raise _NotFoundError(f"what stands before [{selector}] is no list")
    index = _place(holder, selector)
    if rest:
        if index == len(holder):
            if value is _REMOVED:
                raise _NotFoundError(f"there is no item [{selector}]")
            holder.append(None)
        holder[index] = _changed(holder[index], rest, value)
    elif value is _REMOVED:
        if index == len(holder):
            raise _NotFoundError(f"there is no item [{selector}]")
        del holder[index]
    elif index == len(holder):
        holder.append(value)
    else:
        holder[index] = value
    return holder


def _place(items: list[Any], selector: str) -> int:
    number = _number(selector)
    if number is not None:
        return len(items) if number < 0 or number >= len(items) else number
    key, colon, wanted = selector.partition(":")
    if not colon:
        raise _NotFoundError(f"[{selector}] is neither an index nor key:value")
    for index, item in enumerate(items):
        if key:
            if isinstance(item, dict) and key in item and scalar_text(item[key]) == wanted:
                return index
        elif not isinstance(item, dict | list) and _matches(wanted, scalar_text(item)):
            return index
    raise _NotFoundError(f"no item matches [{selector}]")


def _number(selector: str) -> int | None:
    digits = selector.removeprefix("-")
    return int(selector) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None


def _matches(pattern: str, text: str) -> bool:
    import re2

    try:
        return re2.search(pattern, text) is not None
    except re2.error as error:
        raise _NotFoundError(f"{pattern!r} is no regular expression") from error
