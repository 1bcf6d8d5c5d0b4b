"""`--set path=value`: one assignment to a tree of values.

Source: the facts of `istioctl install --set`. A value is a number or a truth value where it looks like one, unless the
field at the path is a text: then `--set revision=110` means what its author means. `null` takes away what a profile or
chart says where the field cannot be a text; istioctl reads it as a text there, which it then refuses.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from meshctl.charts.errors import InstallationUsageError
from meshctl.charts.trees import Tree
from meshctl.documents import MAX_DEPTH

_TEXTS = re.compile(
    r"(?:tag|compatibilityVersion|values\.global\.tag|values\.compatibilityVersion"
    r"|(?:values\.)?meshConfig\.defaultConfig\.proxyMetadata\..+)"
)
"""Paths whose values stay texts, whatever they look like."""

_TRUTH = {**dict.fromkeys(("1", "t", "T", "true", "TRUE", "True"), True),
          **dict.fromkeys(("0", "f", "F", "false", "FALSE", "False"), False)}  # fmt: skip
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_FLOAT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")


_SHOWN = 200


class FieldType(Enum):
    """What a field takes, as far as it matters for reading a value: `ANY` where nobody knows."""

    TEXT = auto()
    NO_TEXT = auto()
    ANY = auto()


@dataclass(frozen=True, slots=True)
class Selector:
    """A step to the item of a list whose field `key` has the value."""

    key: str
    value: str


Step = str | int | Selector


@dataclass(frozen=True, slots=True)
class Assignment:
    """A flag, taken apart."""

    text: str
    path: str
    steps: tuple[Step, ...]
    value: Any

    @property
    def shown(self) -> str:
        """The flag as messages show it: in one line, and not the whole of a long one."""
        text = self.text if len(self.text) <= _SHOWN else f"{self.text[:_SHOWN]}…"
        return text if text.isprintable() else repr(text)


def parse_assignment(
    text: str, type_of: Callable[[tuple[str | int, ...]], FieldType] = lambda path: FieldType.ANY
) -> Assignment:
    """Takes a flag apart; `type_of` says of a path what the field there takes.

    Raises `InstallationUsageError` for a path that cannot be read.
    """
    path, _, raw = text.partition("=")
    path, raw = path.strip(), raw.strip()
    steps = parse_path(path)
    if not steps:
        raise InstallationUsageError(f"--set {text!r} names no field", hint="write --set path=value")
    if len(steps) > MAX_DEPTH:
        raise InstallationUsageError(f"--set {text[:60]}… has a path that is longer than any object is deep")
    fields = tuple(0 if isinstance(step, Selector) else step for step in steps)
    kind = FieldType.TEXT if _TEXTS.fullmatch(path) else type_of(fields)
    return Assignment(text, path, steps, _value(raw, kind))


def _value(text: str, kind: FieldType) -> Any:
    if kind is FieldType.TEXT:
        return _plain(text)
    return None if kind is FieldType.NO_TEXT and text == "null" else read_value(text)


def read_value(text: str) -> Any:
    """An integer, else a decimal number, else a truth value, else the text with `\\,` for a comma."""
    if _INTEGER.fullmatch(text) and -(2**63) <= int(text) < 2**63:
        return int(text)
    if _FLOAT.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    return _TRUTH[text] if text in _TRUTH else _plain(text)


def _plain(text: str) -> str:
    return text.replace("\\,", ",")


def parse_path(path: str) -> tuple[Step, ...]:
    """The steps of a path: names with dots between them, `\\.` for a dot in a name, `[2]` and `[key:value]` for items.

    Raises `InstallationUsageError` for a bracket that does not close.
    """
    steps: list[Step] = []
    name = ""
    index = 0
    while index < len(path):
        letter = path[index]
        if letter == "\\" and path[index + 1 : index + 2] == ".":
            name += "."
            index += 1
        elif letter == ".":
            if name:
                steps.append(name)
            name = ""
        elif letter == "[":
            end = path.find("]", index)
            if end < 0:
                raise InstallationUsageError(f"the path {path!r} has a [ without its ]")
            if name:
                steps.append(name)
            name = ""
            steps.append(_item(path, path[index + 1 : end]))
            index = end
        else:
            name += letter
        index += 1
    return (*steps, name) if name else tuple(steps)


def _item(path: str, text: str) -> Step:
    key, colon, value = text.partition(":")
    if colon:
        return Selector(key, value)
    if re.fullmatch(r"-?[0-9]{1,9}", text):
        return int(text)
    raise InstallationUsageError(f"[{text}] in {path!r} is neither an index nor key:value")


def assign(tree: Tree, assignment: Assignment) -> None:
    """Writes the value into the tree, which it changes; missing mappings and lists are made, an index beyond the end
    appends.

    Raises `InstallationUsageError` where the way leads through a plain value, or a selector finds no item.
    """
    holder: Any = tree
    steps = assignment.steps
    for position, step in enumerate(steps):
        last = position == len(steps) - 1
        empty: Any = [] if not last and not isinstance(steps[position + 1], str) else {}
        if isinstance(step, str):
            if not isinstance(holder, dict):
                raise _blocked(assignment, step, "is no mapping")
            if not last and holder.get(step) is None:
                holder[step] = empty
            key: Any = step
        else:
            if not isinstance(holder, list):
                raise _blocked(assignment, step, "is no list")
            key = _place(assignment, holder, step)
            if key == len(holder):
                holder.append(empty)
        if last:
            holder[key] = assignment.value
        else:
            holder = holder[key]


def chooses_gateway(assignment: Assignment) -> bool:
    """Whether a flag changes a gateway that it names, as in `components.ingressGateways[name:x].enabled`."""
    match assignment.steps:
        case ("components", "ingressGateways" | "egressGateways", Selector(), *_):
            return True
    return False


def _place(assignment: Assignment, items: list[Any], step: int | Selector) -> int:
    if isinstance(step, int):
        return len(items) if step < 0 or step >= len(items) else step
    for index, item in enumerate(items):
        if isinstance(item, dict) and step.key in item and scalar_text(item[step.key]) == step.value:
            return index
    raise InstallationUsageError(
        f"--set {assignment.shown}: no item has {step.key} {step.value!r}",
        hint=f"the items have {step.key} {', '.join(_texts(items, step.key))}" if _texts(items, step.key) else "",
    )


def _texts(items: list[Any], key: str) -> list[str]:
    return [scalar_text(item[key])[:60] for item in items[:20] if isinstance(item, dict) and key in item]


def _blocked(assignment: Assignment, step: Step, problem: str) -> InstallationUsageError:
    at = f"[{step}]" if isinstance(step, int) else f"[{step.key}:{step.value}]" if isinstance(step, Selector) else step
    return InstallationUsageError(f"--set {assignment.shown}: what stands before {at} {problem}")


def scalar_text(value: Any) -> str:
    """A scalar as it is compared with the text of a selector."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
