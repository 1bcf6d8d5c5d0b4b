"""Parts of pods in the form in which Kubernetes' types write them.

What a template renders passes through the types of the API before it reaches anybody: values of a wrong type are
refused, quantities get their canonical form, and zero values of fields that may be left out are left out.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from meshctl.documents.shared import SHARED, converted
from meshctl.gotemplate.formatting import shown
from meshctl.gotemplate.types import RANGES
from meshctl.inject.go_types import RAW, table
from meshctl.inject.quantities import canonical
from meshctl.model.strategic_merge import CONTAINER, PLAIN, POD, Shape

_POD = "meshctl.Pod"


class WrongTypeError(Exception):
    """A value that a field of the API cannot have; `steps` lead to it, the last one first."""

    def __init__(self, wanted: str, value: Any) -> None:
        super().__init__(wanted)
        self.wanted = wanted
        self.value = value
        self.steps: list[str | int] = []

    def __str__(self) -> str:
        path = ""
        for step in reversed(self.steps):
            path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
        shown = repr(self.value)
        return f"{path} must be {self.wanted}, not {shown if len(shown) <= 60 else shown[:57] + '...'}"


@dataclass(frozen=True, slots=True)
class _Rule:
    """What is known of a field: the type of its value (`element` that of items), and whether zero is left out."""

    kind: str
    omitted: bool = False
    element: str = ""


def patch(part: dict[str, Any]) -> dict[str, Any]:
    """A rendered part of a pod, to be merged: a zero value that is left out becomes null, which deletes the field.

    Raises `WrongTypeError`.
    """
    return _struct(part, _POD, POD, deleting=True)


def overlay(container: dict[str, Any]) -> dict[str, Any]:
    """A container that is laid over another one: a zero value that is left out changes nothing.

    Raises `WrongTypeError`.
    """
    return _struct(container, "v1.Container", CONTAINER, deleting=False)


def with_texts(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """The spec of a pod with texts where its fields want some: Kubernetes' reader of YAML makes them of `5` and `yes`.

    It is the same object if nothing has to be changed.
    """
    found: Mapping[str, Any] = _with_texts(spec, _Rule("struct", element="v1.PodSpec"))
    return found


def _with_texts(value: Any, rule: _Rule) -> Any:
    kind = rule.kind
    if kind == "string":
        return value if value is None or isinstance(value, str | dict | list) else scalar_text(value)
    if kind == "list" and isinstance(value, list):
        inner = _rule(rule.element)
        items = [_with_texts(item, inner) for item in value]
        return value if all(map(operator.is_, items, value)) else items
    if not isinstance(value, dict) or kind not in ("struct", "map"):
        return value
    rules = _rules(rule.element) if kind == "struct" else {}
    same = None if kind == "struct" else _rule(rule.element)
    changes = {}
    for key, item in value.items():
        if item.__class__ is str:
            continue
        below = same or rules.get(key)
        if below is not None and below.kind in _WITH_TEXTS:
            new = _with_texts(item, below)
            if new is not item:
                changes[key] = new
    return {**value, **changes} if changes else value


_WITH_TEXTS = frozenset({"string", "struct", "list", "map"})


def scalar_text(value: Any) -> str:
    """A truth value or a number as Kubernetes' reader of YAML writes it into a text; empty for null."""
    return "" if value is None else shown(value)


@cache
def _rules(struct: str) -> dict[str, _Rule]:
    """The rules of the fields of a struct by their keys, with those of the structs inside that have no key."""
    if struct == _POD:
        return {"metadata": _Rule("struct", element="v1.ObjectMeta"), "spec": _Rule("struct", element="v1.PodSpec")}
    found: dict[str, _Rule] = {}
    for _, key, kind, flags in table()["structs"][struct]:
        found |= {key: _rule(kind, omitted="o" in flags)} if key else _rules(kind)
    return found


@cache
def _rule(kind: str, omitted: bool = False) -> _Rule:
    if kind.startswith("*"):
        inner = _rule(kind[1:])
        return _Rule(inner.kind, False, inner.element)
    if kind == "resource.Quantity":
        return _Rule("quantity")
    if kind in RAW:
        return _Rule("other")
    if kind == "[]uint8":
        return _Rule("string", omitted)  # in Base64
    if kind.startswith("[]"):
        return _Rule("list", omitted, kind[2:])
    if kind.startswith("map[string]"):
        return _Rule("map", omitted, kind[len("map[string]") :])
    if kind in table()["structs"]:
        return _Rule("struct", omitted, kind)
    return _Rule(table()["named"].get(kind, kind), omitted)


def _struct(value: dict[str, Any], struct: str, shape: Shape, deleting: bool) -> dict[str, Any]:
    """The mapping itself if nothing has to be changed: most are right as they are."""
    rules = _rules(struct)
    changes: dict[str, Any] | None = None
    left_out: list[str] | None = None
    below = shape.fields
    for key, item in value.items():
        rule = rules.get(key)
        if item is None:
            if not deleting:
                left_out = [*(left_out or ()), key]
            continue
        if rule is None:
            continue
        if item.__class__ is str and rule.kind == "string" and item:
            continue
        try:
            new = _value(item, rule, below.get(key, PLAIN), deleting)
        except WrongTypeError as error:
            error.steps.append(key)
            raise
        if rule.omitted and not new:
            if not deleting or _adds_nothing(new, below.get(key, PLAIN)):
                left_out = [*(left_out or ()), key]
                continue
            new = None
        if new is not item:
            changes = changes or {}
            changes[key] = new
    if left_out:
        value = {key: item for key, item in value.items() if key not in left_out}
    return {**value, **changes} if changes else value


def _adds_nothing(empty: Any, shape: Shape) -> bool:
    """Whether an empty value is merged with what is there, rather than put in its place."""
    return isinstance(empty, dict) or (isinstance(empty, list) and bool(shape.key or shape.union))


def _value(value: Any, rule: _Rule, shape: Shape, deleting: bool) -> Any:
    if value.__class__ in SHARED:
        return converted(value, (_value, rule, shape, deleting), lambda value: _converted(value, rule, shape, deleting))
    return _converted(value, rule, shape, deleting)


def _converted(value: Any, rule: _Rule, shape: Shape, deleting: bool) -> Any:
    kind = rule.kind
    if kind == "struct":
        if not isinstance(value, dict):
            raise WrongTypeError("a mapping", value)
        return _struct(value, rule.element, shape, deleting)
    if kind == "list":
        if not isinstance(value, list):
            raise WrongTypeError("a list", value)
        return _list(value, _rule(rule.element), shape, deleting)
    if kind == "map":
        if not isinstance(value, dict):
            raise WrongTypeError("a mapping", value)
        return _map(value, _rule(rule.element), deleting)
    if kind == "string":
        if not isinstance(value, str):
            raise WrongTypeError("a text", value)
        return value
    if kind == "bool":
        if not isinstance(value, bool):
            raise WrongTypeError("true or false", value)
        return value
    if kind in RANGES:
        return _integer(value, kind)
    return _quantity(value) if kind == "quantity" else value


def _list(items: list[Any], rule: _Rule, shape: Shape, deleting: bool) -> list[Any]:
    found = items
    for index, item in enumerate(items):
        if item is None or (item.__class__ is str and rule.kind == "string"):
            continue
        try:
            new = _value(item, rule, shape, deleting)
        except WrongTypeError as error:
            error.steps.append(index)
            raise
        if new is not item:
            found = list(items) if found is items else found
            found[index] = new
    return found


def _map(items: dict[str, Any], rule: _Rule, deleting: bool) -> dict[str, Any]:
    found = items
    for key, item in items.items():
        if item is None or (item.__class__ is str and rule.kind == "string"):
            continue
        try:
            new = _value(item, rule, PLAIN, deleting)
        except WrongTypeError as error:
            error.steps.append(str(key))
            raise
        if new is not item:
            found = dict(items) if found is items else found
            found[key] = new
    return found


def _integer(value: Any, kind: str) -> int:
    low, high = RANGES[kind]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise WrongTypeError("a whole number", value)
    return value


def _quantity(value: Any) -> str:
    text = value.strip() if isinstance(value, str) else repr(value)
    found = None if isinstance(value, bool | dict | list) else canonical(text)
    if found is None:
        raise WrongTypeError("a quantity such as 100m or 128Mi", value)
    return found
