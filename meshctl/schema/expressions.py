"""The rules that a CRD holds beside its types, evaluated as the API server does.

They are in CEL (`x-kubernetes-validations`), or say that the items of a list have to differ (`x-kubernetes-list-type`).

Source: Kubernetes, "Validation rules" and "merge strategy" of CustomResourceDefinitions. Defaults are applied before,
and rules that compare with the old object are for updates only. An API server refuses what a rule cannot be evaluated
for, such as an object without a field that the rule looks at and does not ask for.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from functools import cache
from typing import Any, cast

from meshctl.cel import CelError, Program, compile_expression
from meshctl.messages import INVALID, Message
from meshctl.model.kind import Kind
from meshctl.model.resource import Field, FieldPath, Resource, format_path
from meshctl.schema.nulls import without_nulls
from meshctl.schema.schemas import Node, Schema, schema_of

RULES = "x-kubernetes-validations"

_CONTAINERS = (dict, list)
_HAS = re.compile(r"has\(self\.(\w+)\)")
_EACH = re.compile(r"self\.(?:all|exists|exists_one)\((\w+),")


class _Rule:
    """A rule with its verdicts, by what it can see of a value: a mesh repeats few texts and sets of keys and fields."""

    __slots__ = ("_known", "_only_keys", "_only_presence", "_program", "members", "message", "text")

    def __init__(self, text: str, message: str) -> None:
        self.text = text
        self.message = message
        self.members = frozenset(_HAS.findall(text))
        self._known: dict[Any, bool] = {}
        self._only_presence = "self" not in _HAS.sub("", text)
        self._only_keys = "self" not in _EACH.sub("", text)
        self._program: Program | None = None  # compiled when first needed: few fields of a kind are ever written

    def broken(self, value: Any) -> bool:
        """Whether a value breaks the rule."""
        key = self._seen(value)
        if key is None:
            return self._evaluate(value)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._evaluate(value)
        return known

    def _seen(self, value: Any) -> Hashable | None:
        """All that the rule can see of a value; None where that may be too much to remember."""
        if type(value) is str or type(value) is int:
            return cast(Hashable, value)
        if type(value) is not dict:
            return None
        if self._only_presence:
            return frozenset([name for name in self.members if value.get(name) is not None])
        return tuple(value) if self._only_keys else None

    def _evaluate(self, value: Any) -> bool:
        if self._program is None:
            self._program = compile_expression(self.text)
        try:
            return self._program(self=value) is False
        except CelError:
            return True


class _Distinct(_Rule):
    """The rule of a list that stands for a map or a set: no two of its items may be the same one."""

    __slots__ = ("_keys",)

    def __init__(self, keys: tuple[str, ...]) -> None:
        super().__init__("", f"has two items with the same {' and '.join(keys)}" if keys else "has an item twice")
        self._keys = keys

    def broken(self, value: Any) -> bool:
        """Whether two items of a list are the same."""
        if type(value) is not list:
            return False
        names = [self._name(item) for item in value]
        return len(set(names)) < len(names)

    def _name(self, item: Any) -> str:
        return repr([item.get(key) for key in self._keys] if self._keys and type(item) is dict else item)


class _Place:
    """A place in a schema with rules at or below it."""

    __slots__ = ("defaults", "each", "fields", "rules")

    def __init__(self, rules: list[_Rule], defaults: Mapping[str, Any]) -> None:
        self.rules = rules
        self.defaults = defaults
        self.fields: dict[str, _Place] = {}
        self.each: _Place | None = None  # of the items of a list, or the values of a map

    @property
    def empty(self) -> bool:
        """Whether nothing below has rules or defaults."""
        return not (self.rules or self.fields or self.each or self.defaults)


@cache
def _place_of(kind: Kind, version: str) -> _Place | None:
    schema = schema_of(kind, version)
    if schema is None or not schema.mentions(RULES):
        return None
    place = _build(schema, *schema.resolve(schema.path, schema.root), frozenset())
    if place is not None:
        place.fields.pop("status", None)  # the API server drops what is applied of it, unchecked
    return place


def _build(schema: Schema, file: str, node: Node, above: frozenset[int]) -> _Place | None:
    if id(node) in above:  # a schema that contains itself
        return None
    above |= {id(node)}
    rules = [
        _Rule(rule["rule"], rule.get("message") or "")
        for rule in node.get(RULES, ())
        if not re.search(r"\boldSelf\b", rule["rule"])
    ]
    list_type = node.get("x-kubernetes-list-type")
    if list_type in ("map", "set"):
        rules.append(_Distinct(tuple(node.get("x-kubernetes-list-map-keys", ())) if list_type == "map" else ()))
    properties = node.get("properties", {})
    defaults = {}
    fields = {}
    for name, child in properties.items():
        child_file, resolved = schema.resolve(file, child)
        if "default" in resolved:
            defaults[name] = resolved["default"]
        place = _build(schema, child_file, resolved, above)
        if place is not None:
            fields[name] = place
    found = _Place(rules, defaults)
    found.fields = fields
    for keyword in ("items", "additionalProperties"):
        child = node.get(keyword)
        if isinstance(child, dict):
            found.each = _build(schema, *schema.resolve(file, child), above)
    return None if found.empty else found


def broken_rules(resource: Resource) -> Iterator[Message]:
    """The rules that a resource of a valid shape breaks."""
    place = _place_of(resource.kind, resource.version)
    if place is not None:
        for rule, path in _broken(place, resource.data):
            yield _message(rule, resource.at(*path))


def _broken(place: _Place, data: Any) -> list[tuple[_Rule, FieldPath]]:
    found: list[tuple[_Rule, FieldPath]] = []
    path: list[str | int] = []

    def look(place: _Place, value: Any) -> None:
        if place.rules:
            complete = _with_defaults(place, value)
            broken = [rule for rule in place.rules if rule.broken(complete) and rule.broken(without_nulls(complete))]
            found.extend((rule, tuple(path)) for rule in broken)
        fields, each = place.fields, place.each
        if type(value) is dict:
            for name, below in value.items():
                child = fields.get(name)
                if child is None:
                    child = each
                elif below is None:
                    continue
                if child is not None and (type(below) in _CONTAINERS or child.rules):
                    path.append(name)
                    look(child, below)
                    path.pop()
        elif each is not None and type(value) is list:
            for index, below in enumerate(value):
                path.append(index)
                look(each, below)
                path.pop()

    look(place, data)
    return found


def _with_defaults(place: _Place, value: Any) -> Any:
    """The value with the defaults of its schema; the value itself where there are none."""
    if not _has_defaults(place):
        return value
    if type(value) is dict:
        complete = {**place.defaults, **{key: item for key, item in value.items() if item is not None}}
        for name, child in place.fields.items():
            if name in complete:
                complete[name] = _with_defaults(child, complete[name])
        if place.each is not None:
            each = place.each
            complete = {
                key: item if key in place.fields else _with_defaults(each, item) for key, item in complete.items()
            }
        return complete
    if type(value) is list and place.each is not None:
        return [_with_defaults(place.each, item) for item in value]
    return value


@cache
def _has_defaults(place: _Place) -> bool:
    below = [*place.fields.values(), *([place.each] if place.each else [])]
    return bool(place.defaults) or any(_has_defaults(child) for child in below)


def _message(rule: _Rule, field: Field) -> Message:
    """A message at the last written of the fields that the rule asks for, which is most often the one too much."""
    problem = f"{format_path(field.path) or 'the object'}: {rule.message or rule.text}"
    present = [name for name in field.mapping if name in rule.members]
    if present:
        return INVALID.at(field[present[-1]], key=True, problem=problem)
    return INVALID.at(field, problem=problem)
