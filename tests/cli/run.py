"""Runs meshctl as a user does: as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
_TOO_LONG = 300
"""Seconds after which a process hangs, even on a machine that has ten times too much to do."""


@dataclass(frozen=True)
class Done:
    """What a finished process left."""

    code: int
    out: str
    err: str


def meshctl(*arguments: str, stdin: str | bytes = b"", cwd: Path | None = None, **environment: str) -> Done:
    """Runs `meshctl` with the arguments; standard input is a pipe."""
    done = subprocess.run(
        [sys.executable, "-m", "meshctl", *arguments],
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        check=False,
        cwd=cwd,
        timeout=_TOO_LONG,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "KUBECONFIG": os.devnull} | environment,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())
