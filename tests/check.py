"""Run every check of the project: `python -m tests.check [--quick]`.

Format, lint and types first, because they are fast and their findings are the easiest to mend; then the tests, which
also hold the rules that guard the whole: imports point down, `--help` loads no slow library, generated files are
current. Meanwhile the control plane of the cluster tests is built, which takes minutes the first time.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.cluster import programs
from tests.cluster.fixtures import NOT_RUN

ROOT = Path(__file__).parent.parent

CHECKS = {
    "format": ["ruff", "format", "--check", "--diff", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
    "cluster": ["tests.cluster", "build"],
    "tests": ["pytest", "-n", "auto", "--dist", "loadgroup"],
}
QUICK = {"format", "lint", "types"}


def main(arguments: list[str]) -> int:
    """Run the checks in order, all of them even when one fails; 0 when all passed."""
    wanted = [name for name in CHECKS if name in QUICK or "--quick" not in arguments]
    notes = []
    if "cluster" in wanted and programs.find() is None and shutil.which("go") is None:
        wanted.remove("cluster")
        notes.append(f"{NOT_RUN} (which needs Go)")
    early = {name: _start(name) for name in wanted if name == "cluster"}
    failed = []
    for name in wanted:
        started = time.monotonic()
        code = (early.get(name) or _start(name)).wait()
        state = "ok" if code == 0 else "FAILED"
        print(f"== {name}: {state} ({time.monotonic() - started:.1f} s)", flush=True)
        if code != 0:
            failed.append(name)
    for note in notes:
        print(note)
    if failed:
        print("failed:", ", ".join(failed))
    return 1 if failed else 0


def _start(name: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", *CHECKS[name]], cwd=ROOT)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
