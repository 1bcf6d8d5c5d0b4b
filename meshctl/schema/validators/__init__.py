"""Rules of a kind that a schema cannot express: one module for each kind, with the name of the kind's own module.

A validator is a function from a resource to messages. It sees resources that break their schema too, so it reads fields
by `Field.text`, `Field.number` and iteration, which take any value. What it says about a field of which the schema
already said something is dropped.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import TypeAlias

from meshctl.messages import Message
from meshctl.model.kind import Kind
from meshctl.model.resource import Resource

Validate: TypeAlias = Callable[[Resource], Iterator[Message]]

_VALIDATORS: dict[Kind, Validate] = {}


def validator(kind: Kind) -> Callable[[Validate], Validate]:
    """Makes a function the validator of a kind."""

    def register(validate: Validate) -> Validate:
        _VALIDATORS[kind] = validate
        return validate

    return register


@cache
def _modules() -> frozenset[str]:
    return frozenset(module.name for module in pkgutil.iter_modules(__path__))


@cache
def validator_of(kind: Kind) -> Validate | None:
    """The validator of a kind; None for a kind whose schema says everything."""
    module = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind.name).lower()
    if kind.name == "Gateway" and kind.group == "gateway.networking.k8s.io":
        module = f"kubernetes_{module}"  # the plain name is that of Istio's own kind
    if module in _modules():
        importlib.import_module(f"{__name__}.{module}")
    return _VALIDATORS.get(kind)
