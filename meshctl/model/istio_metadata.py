"""The annotations and labels that Istio 1.31 defines: where they count, how ripe they are, which are deprecated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ANY = "Any"
"""Stands among the kinds of what counts everywhere."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What Istio says about an annotation or a label.

    `kinds` are names of kinds, a pod standing for templates too; `status` is that of the feature (Alpha, Beta, Stable);
    `hidden` ones are left out of Istio's reference, since only Istio itself sets them.
    """

    kinds: tuple[str, ...]
    status: str
    deprecated: bool = False
    hidden: bool = False

    def counts_on(self, kind: str) -> bool:
        """Whether it means something on objects of the kind of that name."""
        return ANY in self.kinds or kind in self.kinds


@cache
def istio_annotations() -> Mapping[str, Definition]:
    """Every annotation by its name."""
    return _read("istio_annotations.json")


@cache
def istio_labels() -> Mapping[str, Definition]:
    """Every label by its name; `istio-injection`, which has no prefix, is not among them."""
    return _read("istio_labels.json")


def _read(name: str) -> Mapping[str, Definition]:
    with (Path(__file__).parent / name).open("rb") as file:
        found = json.load(file)
    return {
        key: Definition(
            tuple(entry["kinds"]), entry["status"], entry.get("deprecated", False), entry.get("hidden", False)
        )
        for key, entry in found.items()
    }
