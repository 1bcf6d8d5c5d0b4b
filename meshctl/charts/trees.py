"""Trees of values: merging one over another, and reading and writing a path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Tree = dict[str, Any]


def overlaid(below: Mapping[str, Any], above: Mapping[str, Any]) -> Tree:
    """Both trees in one: mappings merge key by key; anything else above, null included, replaces what is below."""
    found = dict(below)
    for key, value in above.items():
        under = found.get(key)
        found[key] = overlaid(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return found


def mapping_at(tree: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    """The mapping at a path of names with dots; an empty one where there is none."""
    found = value_at(tree, path)
    return found if isinstance(found, dict) else {}


def value_at(tree: Mapping[str, Any], path: str) -> Any:
    """The value at a path of names with dots; None where there is none."""
    found: Any = tree
    for name in path.split("."):
        if not isinstance(found, dict):
            return None
        found = found.get(name)
    return found


def text_at(tree: Mapping[str, Any], path: str) -> str:
    """The text at a path; an empty one where there is none."""
    found = value_at(tree, path)
    return found if isinstance(found, str) else ""


def nested(names: Sequence[str], value: Any) -> Tree:
    """A tree that holds one value at the end of a way of names."""
    for name in reversed(names):
        value = {name: value}
    found: Tree = value
    return found


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every plain value with its path as `--set` takes it: `a.b[0].c`, with `\\.` for a dot in a name.

    An empty mapping or list is a leaf too.
    """
    if isinstance(value, dict) and value:
        for name, child in value.items():
            step = str(name).replace(".", "\\.")
            yield from leaves(child, f"{path}.{step}" if path else step)
    elif isinstance(value, list) and value:
        for index, child in enumerate(value):
            yield from leaves(child, f"{path}[{index}]")
    else:
        yield path, value
