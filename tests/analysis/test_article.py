"""The mistakes of an article are named at their lines, by all analyzers together, and nothing is said of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshctl import sources
from meshctl.analysis import analyze
from meshctl.model.snapshot import Snapshot
from tests.analysis.wanted import wanted

DOCUMENTS = sorted((Path(__file__).parent / "article").glob("*.yaml"))


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.stem)
def test_each_mistake_is_named_at_its_line(file: Path) -> None:
    reading = sources.read([str(file)])
    messages = reading.messages + analyze(Snapshot(reading.resources)).messages
    said = {(message.span.line, message.code) for message in messages if message.span}
    assert said == wanted(file.read_text()), "\n".join(map(str, messages))
