"""YAML texts to values as the YAML library of Kubernetes and Helm reads them: as if they were JSON."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

from meshctl.gotemplate.errors import FunctionError
from meshctl.gotemplate.json_writer import json_float
from meshctl.gotemplate.yaml_scalars import STRING, resolved

if TYPE_CHECKING:
    import yaml

MAX_NODES = 1_000_000
"""How many values a text may have, with those that aliases repeat."""


def read_yaml(text: str) -> Any:
    """The value of the first document of a YAML text, all numbers as floating-point ones; raises `FunctionError`."""
    import yaml

    try:
        loader = yaml.CSafeLoader(text.encode("utf-8", "surrogateescape"))
        try:
            node = loader.get_node() if loader.check_node() else None
        finally:
            loader.dispose()
        return None if node is None else _Reader().value(node)
    except (yaml.YAMLError, RecursionError) as error:
        raise FunctionError(f"no YAML: {' '.join(str(error).split())}") from None


class _Reader:
    def __init__(self) -> None:
        self.count = 0
        self.open: set[int] = set()

    def value(self, node: yaml.Node) -> Any:
        import yaml

        self.count += 1
        if self.count > MAX_NODES:
            raise FunctionError(f"a YAML text has more than {MAX_NODES} values")
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if id(node) in self.open:
            raise FunctionError("a YAML text has a value that contains itself")
        self.open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.value(item) for item in node.value]
            return self._mapping(node)
        finally:
            self.open.discard(id(node))

    def _mapping(self, node: yaml.Node) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key, value in node.value:
            if getattr(key, "value", None) == "<<" and key.style not in tuple("'\""):
                self._merge(merged, value)
            else:
                found[_key(key)] = self.value(value)
        return {**merged, **found}

    def _merge(self, merged: dict[str, Any], node: yaml.Node) -> None:
        other = self.value(node)
        for map_ in reversed(other if isinstance(other, list) else [other]):
            if not isinstance(map_, dict):
                raise FunctionError("a YAML merge takes maps")
            merged.update(map_)


def _scalar(node: yaml.ScalarNode) -> Any:
    text: str = node.value
    if node.tag == "tag:yaml.org,2002:binary" or node.tag.startswith("!"):
        return text
    if node.tag == "tag:yaml.org,2002:str" and _implicit_tag(text) != node.tag:
        return text
    if node.style in tuple("'\"|>") or (node.tag == "tag:yaml.org,2002:str" and resolved(text) is STRING):
        return text
    value = resolved(text)
    if value is STRING or isinstance(value, str):
        return text
    if isinstance(value, float) and not math.isfinite(value):
        raise FunctionError(f"JSON has no number for {text}")
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


@cache
def _resolver() -> Any:
    import yaml

    return yaml.resolver.Resolver()


def _implicit_tag(text: str) -> str:
    """The tag that libyaml's wrapper gives a plain scalar by itself."""
    import yaml

    tag: str = _resolver().resolve(yaml.ScalarNode, text, (True, False))
    return tag


def _key(node: yaml.Node) -> str:
    import yaml

    if not isinstance(node, yaml.ScalarNode):
        raise FunctionError("a key of a YAML map is a list or a map")
    value = _scalar(node)
    if isinstance(value, str):
        return value
    if value is None:
        raise FunctionError("a key of a YAML map is null")
    if isinstance(value, bool):
        return "true" if value else "false"
    return json_float(value)
