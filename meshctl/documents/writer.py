"""Data to text."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import yaml


def write_yaml(data: Any) -> str:
    """YAML of JSON-like data in block style, keys in their order."""
    return yaml.dump(data, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=2**31 - 1)


def write_yaml_all(documents: Iterable[Any]) -> str:
    """YAML of several documents, separated by `---`."""
    return "---\n".join(write_yaml(document) for document in documents)


def write_json(data: Any, indent: int | None = None) -> str:
    """JSON of JSON-like data, keys in their order."""
    return json.dumps(data, indent=indent, ensure_ascii=False)
