"""Realistic meshes without a mistake: nothing above Info may be said of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshctl import sources
from meshctl.analysis import analyze
from meshctl.analysis.suppression import unsuppressed
from meshctl.messages import Level
from meshctl.model.snapshot import Snapshot

VALID = sorted((Path(__file__).parent / "valid").glob("*.yaml"))


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_nothing_is_wrong_with_it(path: Path) -> None:
    reading = sources.read([str(path)])
    messages = unsuppressed([*reading.messages, *analyze(Snapshot(reading.resources)).messages])
    assert not [str(message) for message in messages if message.level < Level.INFO]
