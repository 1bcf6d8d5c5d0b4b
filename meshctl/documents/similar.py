"""Reads texts most of which differ from an earlier one in a few quoted strings only, as outputs of a template do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from meshctl.documents.chunk import Chunk
from meshctl.documents.errors import DocumentError
from meshctl.documents.parse import parse
from meshctl.documents.parsed import Path
from meshctl.documents.shared import shared

# A string in double quotes that fills its line behind a key or a dash, without escapes. What stands in the quotes has
# no influence on how the rest is read. The quote comes before the look behind it, as that is what can be searched fast.
_QUOTED = re.compile(r'"(?<=[:\-] ")([ !#-\[\]-~]*)"(?=\n)')
_MARK = "meshctl-mark-"
_KEPT = 100
"""How many frames are kept."""

_Frame = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Example:
    """What was read of a text, its strings, and where in the data each of them is."""

    data: Any
    strings: Sequence[str]
    paths: Sequence[Path]


class SimilarTexts:
    """Reads texts as `parse` does; two texts with the same frame, all but the quoted strings, are read only once.

    The data of different texts share their parts: whoever gets them must not change them.
    """

    def __init__(self) -> None:
        self._examples: dict[_Frame, _Example | None] = {}

    def read(self, text: str) -> Any:
        """The data of a text; raises `DocumentError`."""
        parts = _QUOTED.split(text)
        frame, strings = tuple(parts[::2]), parts[1::2]
        example = self._examples.get(frame)
        if example is not None:
            return _like(example, strings)
        data = parse(Chunk(text, 1)).data
        if frame in self._examples:
            # Its frame is worth the effort from the second text on.
            self._examples[frame] = _example(data, frame, strings)
        else:
            if len(self._examples) >= _KEPT:
                self._examples.clear()
            self._examples[frame] = None
        return data


def _example(data: Any, frame: _Frame, strings: Sequence[str]) -> _Example | None:
    """The data with the places of the strings; None where a string is not a value of its own."""
    if any(_MARK in part for part in frame):
        return None
    marked = frame[0] + "".join(f'"{_MARK}{at}"{part}' for at, part in enumerate(frame[1:]))
    found: dict[str, list[Path]] = {}
    try:
        marked_data = parse(Chunk(marked, 1)).data
    except DocumentError:
        return None
    for path, value in _texts(marked_data, ()):
        if value.startswith(_MARK):
            found.setdefault(value, []).append(path)
    places = [found.get(f"{_MARK}{at}", []) for at in range(len(strings))]
    if not all(len(paths) == 1 for paths in places):
        return None
    return _Example(shared(data), strings, [paths[0] for paths in places])


def _texts(data: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(data, str):
        yield path, data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from _texts(value, (*path, key))
    elif isinstance(data, list):
        for at, value in enumerate(data):
            yield from _texts(value, (*path, at))


def _like(example: _Example, strings: Sequence[str]) -> Any:
    """The data of the example with other strings; what holds none of them is not copied."""
    different = [at for at, pair in enumerate(zip(strings, example.strings, strict=True)) if pair[0] != pair[1]]
    if not different:
        return example.data
    root = example.data.copy()
    copies = {id(root)}
    for at in different:
        path = example.paths[at]
        holder = root
        for step in path[:-1]:
            inner = holder[step]
            if id(inner) not in copies:
                inner = holder[step] = inner.copy()
                copies.add(id(inner))
            holder = inner
        holder[path[-1]] = strings[at]
    return root
