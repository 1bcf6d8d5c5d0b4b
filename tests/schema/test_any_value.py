"""Validators take whatever a manifest holds: values of wrong types and odd texts in any field, also all at once."""

from __future__ import annotations

import copy
import random
from typing import Any

import pytest

from meshctl.model.kind import Kind, known_kinds
from meshctl.model.resource import Resource, Source
from meshctl.schema.schemas import Node, Schema, schema_of
from meshctl.schema.validators import validator_of

ODD: list[Any] = [
    *(None, True, False, 0, -1, 80, 70000, 1.5, float("nan"), float("inf"), 10**30, "", " ", "*", "~", ".", "/", "//"),
    *("a", "a.b", "a_b", "*.a", "n/a.b", "*/*", "~/*", "unix://", "unix:///a", "1.2.3.4", "[::1]:80", "::1%", ":x"),
    *("1s", "0.5ms", "9" * 400 + "h", "%", "%A(", "(", "(?P<", "é", "\ud800", "\x00", "a" * 2000, "configmap:///"),
    *("@request.auth.claims[", "outbound_._._.", "outbound_.80_._.a", "-", "80", "-1", "--5", "1e999"),
    *([], {}, [None], [[]], [{}], {"": None}, {"a": {"b": [1]}}, {"@request.auth.claims.x": None}),
]


class _Objects:
    """Random objects that follow a schema for the most part."""

    def __init__(self, schema: Schema, seed: int) -> None:
        self._schema = schema
        self._random = random.Random(seed)

    def value(self, file: str, node: Node, depth: int = 0) -> Any:
        file, node = self._schema.resolve(file, node)
        chance = self._random.random()
        if chance < 0.1 or depth > 12:
            return copy.deepcopy(self._random.choice(ODD))
        if node.get("properties"):
            fields = node["properties"]
            names = self._random.sample(list(fields), min(len(fields), self._random.randint(0, 5)))
            return {name: self.value(file, fields[name], depth + 1) for name in names}
        if isinstance(node.get("items"), dict):
            return [self.value(file, node["items"], depth + 1) for _ in range(self._random.randint(0, 3))]
        if isinstance(node.get("additionalProperties"), dict):
            keys = [key for key in self._random.choices(ODD, k=2) if isinstance(key, str)]
            return {key: self.value(file, node["additionalProperties"], depth + 1) for key in keys}
        options = [option for option in node.get("enum", ()) if option is not None]
        return copy.deepcopy(self._random.choice(options or ODD))


def _kinds() -> list[Kind]:
    return [kind for kind in known_kinds() if validator_of(kind) is not None and schema_of(kind) is not None]


@pytest.mark.parametrize("kind", _kinds(), ids=lambda kind: kind.name)
def test_validators_take_any_value(kind: Kind) -> None:
    schema, check = schema_of(kind), validator_of(kind)
    assert schema is not None
    assert check is not None
    objects = _Objects(schema, seed=7)
    for _ in range(400):
        data = objects.value(schema.path, schema.root)
        if not isinstance(data, dict):
            continue
        if "spec" in schema.root.get("properties", {}) and not data.get("spec"):
            data["spec"] = objects.value(schema.path, schema.root["properties"]["spec"])
        for message in check(Resource(kind, kind.versions[0], "default", "a", data, Source("a.yaml"))):
            assert message.text
            assert isinstance(message.hint, str)
