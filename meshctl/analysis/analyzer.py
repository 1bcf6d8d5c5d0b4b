"""Analyzers: functions from a snapshot to messages, with what they read and what they may say."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from meshctl.messages import Message, MessageType
from meshctl.model.kind import Kind
from meshctl.model.snapshot import Snapshot

Check: TypeAlias = Callable[[Snapshot], Iterator[Message]]

_REGISTRY: dict[str, Analyzer] = {}


@dataclass(frozen=True, slots=True, eq=False)
class Analyzer:
    """One check. `name` is Istio's where Istio has the check; `inputs` are all kinds whose resources it looks at."""

    name: str
    inputs: frozenset[Kind]
    emits: frozenset[MessageType]
    check: Check

    @property
    def summary(self) -> str:
        """What it checks, in one line."""
        return (self.check.__doc__ or "").strip().partition("\n")[0]


def analyzer(name: str, *, inputs: Iterable[Kind], emits: Iterable[MessageType]) -> Callable[[Check], Analyzer]:
    """Registers a generator of messages as an analyzer; its docstring is its help."""

    def register(check: Check) -> Analyzer:
        if name in _REGISTRY:
            raise ValueError(f"two analyzers have the name {name}")
        found = _REGISTRY[name] = Analyzer(name, frozenset(inputs), frozenset(emits), check)
        return found

    return register


@cache
def analyzers() -> tuple[Analyzer, ...]:
    """Every analyzer below `analysis/analyzers`, by name."""
    from meshctl.analysis import analyzers as package

    for topic in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{topic.name}")
        for check in pkgutil.iter_modules(module.__path__):
            importlib.import_module(f"{module.__name__}.{check.name}")
    return tuple(_REGISTRY[name] for name in sorted(_REGISTRY))
