"""How a run goes on, on the standard error: a line that is rewritten on a terminal, else a line for each component."""

from __future__ import annotations

import shutil
import sys

from meshctl.install.outcome import Progress
from meshctl.output.terminal import Paint, is_person


class TerminalProgress(Progress):
    """Tells a person how it goes on."""

    def __init__(self) -> None:
        self._paint = Paint(sys.stderr)
        self._person = is_person(sys.stderr)
        self._told: set[str] = set()
        self._said = ""

    def waiting(self, names: list[str]) -> None:
        """Says what is waited for, on a terminal only: it changes all the time."""
        if self._person:
            text = f"- waiting for {', '.join(names)}"
            width = shutil.get_terminal_size().columns - 1
            self._write(text if len(text) <= width else f"{text[: width - 3]}...", end="")

    def done(self, title: str) -> None:
        """Says once that a component is in place."""
        if title not in self._told:
            self._told.add(title)
            self._write(f"{self._paint('✔', 'green')} {title} installed")

    def failed(self, title: str, reason: str) -> None:
        """Says that a component is not in place."""
        self._write(f"{self._paint('✘', 'red')} {title}: {reason}")

    def said(self, line: str) -> None:
        """Passes a line on, once in a row."""
        if line != self._said:
            self._said = line
            self._write(f"- {line}")

    def end(self) -> None:
        """Clears the line that is rewritten."""
        if self._person:
            self._write("", end="")

    def _write(self, text: str, end: str = "\n") -> None:
        print(f"\r\x1b[K{text}" if self._person else text, end=end, file=sys.stderr, flush=True)
