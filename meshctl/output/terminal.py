"""What the output stream can show: colours, and how wide it is."""

from __future__ import annotations

import os
from typing import TextIO

_CODES = {"bold": "1", "dim": "2", "red": "1;31", "yellow": "33", "green": "32", "blue": "1;34", "cyan": "36"}


def is_person(stream: TextIO) -> bool:
    """Whether a person reads the stream: it is a terminal that is not dumb."""
    return stream.isatty() and os.environ.get("TERM", "").lower() != "dumb"


class Paint:
    """Colours text for a stream, or leaves it as it is when there are no colours (https://no-color.org)."""

    def __init__(self, stream: TextIO | None, wanted: bool | None = None) -> None:
        person = stream is not None and is_person(stream) and not os.environ.get("NO_COLOR")
        self.on = person if wanted is None else wanted

    def __call__(self, text: str, colour: str) -> str:
        """The text in a colour."""
        return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if self.on else text
