"""Runs mutants through `analyze` in a child process with limits on time and memory."""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.mutations import mutant, seeds

ROOT = Path(__file__).parent.parent.parent
MEMORY = 2 * 1024**3
SECONDS = 20

# One process takes many mutants, as starting one takes longer than a run; a failure names the mutant that it was at.
_CHILD = """
import sys
from meshctl.cli.app import run
for line in sys.stdin:
    name = line.strip()
    print(">", name, file=sys.stderr, flush=True)
    code = run(["analyze", "--use-kube=false", "--strict", "-o", "json", name])
    if code not in (0, 65, 79):
        sys.exit(f"exit code {code}")
"""


@dataclass
class Failure:
    """A mutant that meshctl did not survive, and what it left."""

    mutant: Path
    reason: str


@dataclass
class Result:
    """What a run of the fuzzer found."""

    tried: int = 0
    failures: list[Failure] = field(default_factory=list)


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def fuzz(folder: Path, *, seed: int, batches: int, size: int = 40) -> Result:
    """Tries `batches` times `size` mutants; the mutants of failures stay in the folder."""
    texts = seeds()
    chance = random.Random(seed)
    result = Result()
    for batch in range(batches):
        files = []
        for number in range(size):
            path = folder / f"{seed}-{batch}-{number}.yaml"
            path.write_bytes(mutant(texts, chance))
            files.append(path)
        failure = _run(files)
        result.tried += size
        for path in files:
            if failure is None or path != failure.mutant:
                path.unlink()
        if failure is not None:
            result.failures.append(failure)
    return result


def _run(files: list[Path]) -> Failure | None:
    process = subprocess.Popen(
        [sys.executable, "-c", _CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        preexec_fn=_limit,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    started = time.monotonic()
    try:
        _, errors = process.communicate("\n".join(map(str, files)).encode() + b"\n", timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        _, errors = process.communicate()
        return Failure(_last(errors, files), f"no end after {time.monotonic() - started:.0f} s")
    if process.returncode:
        return Failure(_last(errors, files), errors.decode(errors="replace")[-3000:])
    return None


def _last(errors: bytes, files: list[Path]) -> Path:
    named = [line[2:] for line in errors.decode(errors="replace").splitlines() if line.startswith("> ")]
    return Path(named[-1]) if named else files[0]
