"""A short run of the fuzzer: no traceback, no signal, no endless loop, no unknown exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.drive import fuzz


@pytest.mark.parametrize("seed", range(4))
def test_mutants_are_survived(seed: int, tmp_path: Path) -> None:
    result = fuzz(tmp_path, seed=seed, batches=3)
    assert result.tried == 120
    assert not result.failures, f"{result.failures[0].mutant}\n{result.failures[0].reason}"
