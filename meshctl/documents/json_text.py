"""Strict JSON, which Kubernetes reads with a reader of its own: `\\/` and surrogate pairs are no YAML to libyaml."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any

from meshctl.documents.scalars import MAX_UNSIGNED, MIN_SIGNED

# Pairs and other escapes are matched only to be passed over; what is left in the group stands alone.
_LONE_SURROGATE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\."
)


@dataclass(frozen=True, slots=True)
class Json:
    """The data of a JSON text, and whether an object in it has a key twice (the last one counts)."""

    data: Any
    repeated: bool


def read(text: str) -> Json | None:
    """The data of one JSON text with nothing after it; None for anything else, also for numbers beyond a float.

    As in Go, integers beyond 64 bits are floats, and a lone surrogate is U+FFFD.
    """
    repeated = False

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal repeated
        data = dict(pairs)
        repeated = repeated or len(data) != len(pairs)
        return data

    if "\\ud" in text or "\\uD" in text:
        text = _LONE_SURROGATE.sub(lambda found: "\\ufffd" if found[1] else found[0], text)
    decoder = json.JSONDecoder(
        object_pairs_hook=collect, parse_int=_integer, parse_float=_float, parse_constant=_refuse
    )
    try:
        # RecursionError: nested about a thousand deep, which the exact reader refuses with a place.
        return Json(decoder.decode(text), repeated)
    except (ValueError, RecursionError):
        return None


def _integer(digits: str) -> int | float:
    value = int(digits)
    return value if MIN_SIGNED <= value <= MAX_UNSIGNED else _float(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError(digits)
    return value


def _refuse(word: str) -> None:
    raise ValueError(word)
