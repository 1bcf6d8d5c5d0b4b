"""A long run: `python -m tests.fuzz [SECONDS [SEED]]`; mutants that fail stay in a temporary folder."""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz.drive import fuzz


def main(arguments: list[str]) -> int:
    """Fuzzes for some seconds (60 unless told); 1 when something failed."""
    seconds = float(arguments[0]) if arguments else 60
    seed = int(arguments[1]) if len(arguments) > 1 else random.SystemRandom().randrange(10**6)
    folder = Path(tempfile.mkdtemp(prefix="meshctl-fuzz-"))
    end = time.monotonic() + seconds
    tried, failed = 0, 0
    while time.monotonic() < end:
        result = fuzz(folder, seed=seed, batches=5)
        tried += result.tried
        for failure in result.failures:
            failed += 1
            print(f"{failure.mutant}\n{failure.reason}\n", flush=True)
        seed += 1
    print(f"{tried} mutants, {failed} failures, last seed {seed - 1}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
