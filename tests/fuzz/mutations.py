"""Documents of Istio kinds, and ways to damage them: in their data, or in their text."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent

_VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1.5, 10**20, "", " ", "*", "a", "1s", "-", "~", "%", "[::1]", "(", "a" * 300, [], {}),
    *(
        [None],
        [{}],
        {"": None},
        {"a": {"b": [1]}},
        "\u0000",
        "é",
        "{{ .Values.x }}",
        "@request.auth.claims",
        "unix:///x",
    ),
]

_SNIPPETS = [
    *("---\n", "...\n", "- ", ": ", "? ", "&a ", "*a ", "!!str ", "!foo ", "<<: ", "|\n", ">-\n", "{", "}", "[", "]"),
    *("'", '"', "#", "\t", "\r\n", "\x00", "\x07", "\ufeff", "%YAML 1.1\n", "0x1F", "012", ".inf", "yes", "\xff"),
    *("a: a: a", "\u2028", "\ud800"),
]


def seeds() -> list[str]:
    """The texts to start from: every case and sample in the tests."""
    files = [
        *ROOT.glob("analysis/**/*.yaml"),
        *ROOT.glob("schema/cases/**/*.yaml"),
        *ROOT.glob("schema/mesh/*.yaml"),
        *ROOT.glob("samples/**/*.yaml"),
    ]
    return [path.read_text() for path in sorted(files)]


def mutant(texts: list[str], chance: random.Random) -> bytes:
    """One damaged text."""
    text = chance.choice(texts)
    if chance.random() < 0.6:
        try:
            documents = [document for document in yaml.safe_load_all(text) if document is not None]
        except yaml.YAMLError:
            documents = []
        if documents:
            for _ in range(chance.randint(1, 6)):
                index = chance.randrange(len(documents))
                documents[index] = _change(documents[index], chance)
            text = yaml.safe_dump_all(
                documents, allow_unicode=True, default_flow_style=chance.choice([None, True, False])
            )
    if chance.random() < 0.5:
        for _ in range(chance.randint(1, 4)):
            at = chance.randint(0, len(text))
            text = chance.choice(_EDITS)(text, at, chance)
    return text.encode("utf-8", "surrogatepass")


def _change(value: Any, chance: random.Random) -> Any:
    """The value with something below it replaced, dropped, repeated or renamed."""
    if isinstance(value, list) and value and chance.random() < 0.9:
        index = chance.randrange(len(value))
        items = list(value)
        if chance.random() < 0.1:
            items.append(items[index])
        else:
            items[index] = _change(items[index], chance)
        return items
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice(list(value))
        copy = dict(value)
        roll = chance.random()
        if roll < 0.08:
            del copy[key]
        elif roll < 0.14:
            copy[f"{key}x"] = copy.pop(key)
        elif roll < 0.18:
            copy[chance.choice(["spec", "host", "http", "port", "name"])] = chance.choice(_VALUES)
        else:
            copy[key] = _change(copy[key], chance)
        return copy
    return chance.choice(_VALUES)


def _insert(text: str, at: int, chance: random.Random) -> str:
    return text[:at] + chance.choice(_SNIPPETS) + text[at:]


def _cut(text: str, at: int, chance: random.Random) -> str:
    return text[:at] + text[at + chance.randint(1, 20) :]


def _repeat(text: str, at: int, chance: random.Random) -> str:
    return text[:at] + text[at : at + 10] * chance.choice([2, 50, 2000]) + text[at:]


_EDITS: list[Callable[[str, int, random.Random], str]] = [_insert, _insert, _cut, _repeat]
